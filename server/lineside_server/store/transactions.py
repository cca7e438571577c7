"""The writer's transactions: its one connection is kept, and they begin and end on the driver itself.

SQLAlchemy takes as long to lend a connection and to begin and end a transaction on it as a batch's statements take.
"""

from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from lineside_server.store.connect import BY_HAND
from lineside_server.store.failures import is_gone
from lineside_server.store.prepared import raw, translated

_BEGIN: Final = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}


class Transactions:
    """Used by one thread, one after the other; DBAPIError where one cannot begin or end.

    To SQLAlchemy the kept connection is within one transaction that never ends.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sql = _BEGIN[engine.dialect.name]
        self._connection: Connection | None = None

    def begin(self) -> Connection:
        """What was lost since the last transaction is made again, unnoticed."""
        if self._connection is not None:
            try:
                raw(self._connection, self._sql)
            except DBAPIError as error:
                if not is_gone(error):
                    raise
                self._drop()
            else:
                return self._connection
        connection = self._connect()
        raw(connection, self._sql)
        return connection

    def commit(self) -> None:
        """Does nothing where it was rolled back already."""
        connection = self._connection
        if connection is None:
            return
        try:
            _driver(connection).commit()
        except connection.dialect.loaded_dbapi.Error as error:
            raise translated(connection, "COMMIT", error) from error

    def rollback(self) -> None:
        """Never fails: where there is none to be rolled back all is well, and a connection that is gone is let go."""
        if self._connection is None:
            return
        try:
            _driver(self._connection).rollback()
        except Exception:  # noqa: BLE001 - whatever it is, this connection is of no more use
            self._drop()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> Connection:
        connection = self._connection = self._engine.connect().execution_options(**{BY_HAND: True})
        connection.begin()
        if connection.dialect.name == "postgresql":
            _driver(connection).autocommit = True  # the driver would send a BEGIN of its own
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self.close()


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
