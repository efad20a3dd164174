"""A warm server under the hands of one user, and of thirty who press Enter at the same moment."""

import asyncio
import statistics
from collections.abc import Iterator

import psutil

from tests.benchmarks.client import Answer, Client
from tests.benchmarks.report import Row
from tests.benchmarks.sentences import N_TOKENS, sentences, words
from tests.browser.server import Server, running_app

N_USERS = 30
N_ROUNDS = 5
N_RERUNS = 100
PAGES = {"Overview": "", "Tokens": "tokens", "Next token": "next_token"}


def measure() -> Iterator[Row]:
    """Yield what a rerun costs the server, and how long thirty users wait on each page."""
    with running_app() as server:
        server.wait_until_healthy()
        yield from asyncio.run(reruns(server))
        for seed, (title, page) in enumerate(PAGES.items()):
            yield asyncio.run(thirty_at_once(server, title, page, seed))


async def reruns(server: Server) -> list[Row]:
    """Measure the processor time of the server's process for one rerun of the Tokens page."""
    process = psutil.Process(server.process.pid)
    client = await Client.open(server, "tokens")
    new = [text for seed in range(100, 110) for text in sentences(words(), seed)][: N_RERUNS + 10]
    for text in new[:10]:
        await client.enter(text)
    rows = []
    for kind, texts in (("the same sentence", new[9:10] * N_RERUNS), ("a new sentence each time", new[10:])):
        before = process.cpu_times()
        for text in texts:
            await client.enter(text)
        after = process.cpu_times()
        spent = 1000 * (after.user + after.system - before.user - before.system) / len(texts)
        detail = f"processor time of the server's process, mean of {len(texts)} reruns, {N_TOKENS} tokens"
        rows.append(Row(f"rerun of Tokens, {kind}", spent, "ms", 25, detail))
    await client.close()
    return rows


async def thirty_at_once(server: Server, title: str, page: str, seed: int) -> Row:
    """Let thirty users press Enter at once, each with a sentence of their own, and see that each gets their own."""
    clients = [await Client.open(server, page) for _ in range(N_USERS)]
    pool = words(avoid=clients[0].first.text())
    seconds: list[float] = []
    for round_ in range(N_ROUNDS):
        texts = [text for _, text in zip(clients, sentences(pool, 1000 * seed + round_), strict=False)]
        assert len(texts) == N_USERS
        answers = await asyncio.gather(*(client.enter(text) for client, text in zip(clients, texts, strict=True)))
        assert_everybody_got_their_own(answers, texts)
        seconds += [answer.seconds for answer in answers]
    for client in clients:
        await client.close()
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    detail = (
        f"p95 of {len(seconds)} answers in {N_ROUNDS} rounds, all complete, each with its own tokens; "
        f"median {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s"
    )
    return Row(f"thirty press Enter at once on {title}", p95, "s", 1.5, detail)


def assert_everybody_got_their_own(answers: list[Answer], texts: list[str]) -> None:
    """Raise AssertionError when a word of a user's own is missing, or more than a chance few are somebody else's.

    The words of two users are never the same, and none stands on the page anyway; but a few may be among the
    candidates for the next token.
    """
    for user, answer in enumerate(answers):
        shown = answer.text()
        for other, text in enumerate(texts):
            found = [word for word in text.split() if word in shown]
            if other == user:
                assert len(found) == len(text.split()), f"user {user} misses {set(text.split()) - set(found)}"
            else:
                assert len(found) <= 5, f"user {user} was shown user {other}'s words: {found}"
