"""A browser's side of Streamlit's protocol, without the browser: what thirty pupils send and get."""

import asyncio
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from tests.browser.server import Server


@dataclass(slots=True)
class Answer:
    """What came back for one request: how long it took, and every message as it was sent."""

    seconds: float
    messages: list[bytes] = field(default_factory=list)

    def text(self) -> str:
        """Return all of it as text; what is binary becomes noise."""
        return b"\n".join(self.messages).decode("utf-8", errors="replace")


class Client:
    """One user on one page."""

    def __init__(self, connection: ClientConnection, page: str) -> None:
        self._connection = connection
        self._page = page
        self._page_hash = ""
        self._box_id = ""
        self.first = Answer(0.0)  # what the page sent when it was opened

    @classmethod
    async def open(cls, server: Server, page: str) -> "Client":
        """Connect and see the page for the first time."""
        address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
        client = cls(await connect(address, max_size=None, compression=None), page)
        client.first = await client._ask(BackMsg())
        for message in map(ForwardMsg.FromString, client.first.messages):
            if message.WhichOneof("type") == "navigation":
                client._page_hash = message.navigation.page_script_hash
            element = message.delta.new_element if message.WhichOneof("type") == "delta" else None
            if element is not None and element.WhichOneof("type") == "text_area":
                client._box_id = client._box_id or element.text_area.id  # the sentence's is the first of a page
        assert client._box_id, f"no sentence box on page '{page}'"
        return client

    async def enter(self, text: str) -> Answer:
        """Type a text into the sentence box, press Enter, and wait until the page is complete."""
        request = BackMsg()
        state = WidgetState(id=self._box_id, string_value=text)
        request.rerun_script.widget_states.widgets.append(state)
        return await self._ask(request)

    async def close(self) -> None:
        """Leave."""
        await self._connection.close()

    async def _ask(self, request: BackMsg) -> Answer:
        request.rerun_script.page_name = self._page
        request.rerun_script.page_script_hash = self._page_hash
        start = time.perf_counter()
        await self._connection.send(request.SerializeToString())
        answer = Answer(0.0)
        async with asyncio.timeout(60):
            while True:
                received = await self._connection.recv()
                assert isinstance(received, bytes)
                answer.messages.append(received)
                if len(received) > 200:  # the one that says the script has finished is short
                    continue
                message = ForwardMsg.FromString(received)
                if message.WhichOneof("type") != "script_finished":
                    continue
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, message
                    answer.seconds = time.perf_counter() - start
                    return answer
