"""Who watches which run: snapshot and subscription in one act, then frames at each viewer's own pace.

A viewer holds nothing but its cursor; what happened since lies once in the run's channel. So a slow viewer gets merged
frames, one that falls out of the channel gets a fresh snapshot, and neither slows anyone else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from lineside_server.core.events import Change
from lineside_server.core.runs import Run
from lineside_server.errors import NotFound
from lineside_server.live.channel import Channel
from lineside_server.live.frames import frame
from lineside_server.live.views import cursor_number, cursor_text

MERGE_S = 0.05
RUN_FRAME_S = 1.0
KEPT_S = 60.0  # how long a channel outlives its last viewer, so that a short cut of the line costs no snapshot
MOST_KEYS = 10_000
MOST_POINTS = 1_000_000

Send = Callable[[str], Awaitable[None]]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a viewer asked to see."""

    keys: frozenset[str] = frozenset()
    points: int = 1000


@dataclass(frozen=True, slots=True)
class Sight:
    """A run as it stands, and the data of a snapshot or of a run frame as JSON."""

    run: Run
    data: str


class Source(Protocol):
    """Where the hub looks when frames alone do not do; raises NotFound for a run that is gone."""

    async def stand(self, run_id: str) -> Run: ...
    async def snapshot(self, run_id: str, wish: Wish) -> Sight: ...
    async def run_frame(self, run_id: str) -> Sight: ...


@dataclass(eq=False, slots=True)
class Viewer:
    """`wish` is what the viewer wants to see, `keys` what its last snapshot showed and its frames go on with."""

    wish: Wish
    keys: frozenset[str] = frozenset()
    cursor: int | None = None
    run_frames: int = 0  # the number of the last run frame that this viewer got
    asked: bool = True  # wants a snapshot
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self, wish: Wish) -> None:
        self.wish, self.asked = wish, True
        self.woken.set()


@dataclass(eq=False)
class Post:
    """A run with viewers: its channel, and when they were last told."""

    channel: Channel
    viewers: set[Viewer] = field(default_factory=set)
    told_at: float = float("-inf")
    flush: asyncio.TimerHandle | None = None
    run_told_at: float = float("-inf")
    run_flush: asyncio.TimerHandle | None = None
    run_sight: Sight | None = None
    run_frames: int = 0
    run_texts: dict[tuple[int, frozenset[str]], str] = field(default_factory=dict)  # of the run as last seen
    left_at: float = 0.0

    def run_text(self, sight: Sight, cursor: int, keys: frozenset[str]) -> str:
        """Return the run as a frame, made once for all viewers that stand at one place and show the same."""
        text = self.run_texts.get((cursor, keys))
        if text is None:
            text = self.run_texts[cursor, keys] = frame("run", cursor_text(sight.run, cursor, keys), sight.data)
        return text


class Hub:
    """All of it runs on the event loop; `publish` is called there with what was committed, in that order."""

    def __init__(
        self,
        source: Source,
        merge_s: float = MERGE_S,
        run_frame_s: float = RUN_FRAME_S,
        channel: Callable[[], Channel] = Channel,
    ) -> None:
        self._source = source
        self._channel = channel
        self._merge_s = merge_s
        self._run_frame_s = run_frame_s
        self._posts: dict[str, Post] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.frames_sent = 0
        self.snapshots_sent = 0

    @property
    def viewers(self) -> int:
        return sum(len(post.viewers) for post in self._posts.values())

    def watches(self, run_id: str) -> bool:
        """Tell whether anybody looks at a run right now."""
        post = self._posts.get(run_id)
        return post is not None and bool(post.viewers)

    def publish(self, change: Change) -> None:
        post = self._posts.get(change.run_id)
        if post is None or not post.channel.put(change) or not post.viewers:
            return
        self._tell_soon(post)
        self._tell_run_soon(change.run_id, post)

    def tidy(self) -> None:
        """Forget the channels that nobody has watched for a while."""
        gone = asyncio.get_running_loop().time() - KEPT_S
        for run_id in [key for key, post in self._posts.items() if not post.viewers and post.left_at < gone]:
            del self._posts[run_id]

    def close(self) -> None:
        for post in self._posts.values():
            for timer in (post.flush, post.run_flush):
                if timer is not None:
                    timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._posts.clear()

    async def know(self, run_id: str) -> None:
        """Raise NotFound for a run that nobody can watch."""
        await self._source.stand(run_id)

    async def watch(self, run_id: str, viewer: Viewer, cursor: str | None, send: Send) -> None:
        """Send a viewer what it has not seen, from `cursor` on if that can be, until cancelled."""
        post = self._posts.get(run_id)
        if post is None:
            post = self._posts[run_id] = Post(self._channel())
        post.viewers.add(viewer)  # first listen, then look: nothing falls in between
        try:
            await self._resume(run_id, post, viewer, cursor, send)
            while True:
                await self._serve(run_id, post, viewer, send)
                await viewer.woken.wait()
        finally:
            post.viewers.discard(viewer)
            post.left_at = asyncio.get_running_loop().time()

    async def _resume(self, run_id: str, post: Post, viewer: Viewer, cursor: str | None, send: Send) -> None:
        run = await self._source.stand(run_id)
        seen = cursor_number(cursor, run, viewer.wish.keys)
        if seen is None or seen > run.cursor:
            return
        post.channel.stand_at(run)
        if post.channel.floor is not None and seen >= post.channel.floor:
            viewer.cursor, viewer.keys, viewer.asked = seen, viewer.wish.keys, False
            sight = await self._source.run_frame(run_id)
            await self._send(send, frame("run", cursor_text(run, seen, viewer.keys), sight.data))

    async def _serve(self, run_id: str, post: Post, viewer: Viewer, send: Send) -> None:
        viewer.woken.clear()
        told = None
        if not viewer.asked and viewer.cursor is not None:
            told = post.channel.since(viewer.cursor, viewer.keys)
        if told is None:
            await self._send_snapshot(run_id, post, viewer, send)
            return
        viewer.cursor, texts = told
        for text in texts:
            await self._send(send, text)
        if post.run_sight is not None and post.run_frames > viewer.run_frames:
            viewer.run_frames = post.run_frames
            await self._send(send, post.run_text(post.run_sight, viewer.cursor, viewer.keys))

    async def _send_snapshot(self, run_id: str, post: Post, viewer: Viewer, send: Send) -> None:
        viewer.asked = False
        viewer.run_frames = post.run_frames
        wish = viewer.wish
        sight = await self._source.snapshot(run_id, wish)
        post.channel.stand_at(sight.run)
        viewer.cursor, viewer.keys = sight.run.cursor, wish.keys
        self.snapshots_sent += 1
        await self._send(send, frame("snapshot", cursor_text(sight.run, keys=wish.keys), sight.data))
        viewer.woken.set()  # something may have happened while the snapshot was under way

    async def _send(self, send: Send, text: str) -> None:
        self.frames_sent += 1
        await send(text)

    def _tell_soon(self, post: Post) -> None:
        """Wake the viewers: at once when it was quiet, else when the time for merging is over."""
        if post.flush is None:
            loop = asyncio.get_running_loop()
            due = post.told_at + self._merge_s
            if due <= loop.time():
                self._tell(post)
            else:
                post.flush = loop.call_at(due, self._tell, post)

    def _tell(self, post: Post) -> None:
        post.flush = None
        post.told_at = asyncio.get_running_loop().time()
        for viewer in post.viewers:
            viewer.woken.set()

    def _tell_run_soon(self, run_id: str, post: Post) -> None:
        if post.run_flush is None:
            loop = asyncio.get_running_loop()
            due = max(loop.time(), post.run_told_at + self._run_frame_s)
            post.run_flush = loop.call_at(due, self._look_at_run, run_id, post)

    def _look_at_run(self, run_id: str, post: Post) -> None:
        post.run_flush = None
        post.run_told_at = asyncio.get_running_loop().time()
        task = asyncio.get_running_loop().create_task(self._tell_run(run_id, post))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_run(self, run_id: str, post: Post) -> None:
        try:
            post.run_sight = await self._source.run_frame(run_id)
        except NotFound:
            for viewer in post.viewers:
                viewer.asked = True  # a snapshot of what is gone tells them so
        except Exception:
            log.exception("The run %s could not be told of to its viewers.", run_id)
            return
        post.run_frames += 1
        post.run_texts.clear()
        self._tell_soon(post)
