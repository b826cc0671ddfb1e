"""A Firefox as it is installed, for playwright, which else downloads one of its own.

Playwright drives it by WebDriver BiDi (channel `moz-firefox`) and, as of 1.65, expects three
things of it that Firefox 153 does not do. This file, as a program, stands between the two and
hands on what both say:

- each new page is to be light or dark, by `emulation.setMediaFeaturesOverride`, which Firefox does
  not know. Done here by what its developer tools set, `prefersColorSchemeOverride`;
- downloads without an id are dropped, and Firefox gives none. Their address is one;
- less motion is never asked for. A second browser has it as a preference.

Nothing of the page is touched.
"""

import asyncio
import functools
import itertools
import json
import os
import re
import shlex
import sys
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

LARGE = 2**30
OURS = itertools.count(2**40)
"""Numbers of our own commands, above all of playwright's."""
SET = """(scheme, ...contexts) => {
  const { NavigableManager } = ChromeUtils.importESModule(
    "chrome://remote/content/shared/NavigableManager.sys.mjs");
  for (const one of contexts)
    NavigableManager.getBrowsingContextById(one).prefersColorSchemeOverride = scheme;
}"""


PREFERENCES = {"browser.download.alwaysOpenPanel": False}
"""The panel of downloads would take the keys."""


class Installed:
    """The browser, as far as tests use one of playwright."""

    def __init__(self, playwright, firefox, folder):
        program = folder / "firefox"
        words = shlex.join((sys.executable, __file__, firefox))
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        program.chmod(0o755)
        self.launch = functools.partial(
            playwright.firefox.launch, channel="moz-firefox", executable_path=program
        )
        self.made = {}

    def of(self, motion):
        if motion not in self.made:
            calm = {"ui.prefersReducedMotion": 1} if motion == "reduce" else {}
            self.made[motion] = self.launch(firefox_user_prefs=PREFERENCES | calm)
        return self.made[motion]

    def new_context(self, reduced_motion="", **options):
        return self.of(reduced_motion).new_context(**options)

    def new_page(self, reduced_motion="", **options):
        return self.of(reduced_motion).new_page(**options)

    def close(self):
        for one in self.made.values():
            one.close()


class Between(WebSocketHandler):
    """One connection of playwright, and ours to Firefox."""

    def initialize(self, address):
        self.address = address

    async def open(self):
        self.tasks = set()
        self.waiting = {}
        self.schemes = {}
        self.files = {}
        self.creations = {}
        self.firefox = asyncio.ensure_future(
            websocket_connect(self.address, max_message_size=LARGE, on_message_callback=self.heard)
        )

    def later(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def ask(self, method, params):
        number = next(OURS)
        answer = self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.say({"id": number, "method": method, "params": params})
        return await answer

    async def say(self, message):
        await (await self.firefox).write_message(json.dumps(message))

    async def paint(self, scheme, contexts):
        tree = await self.ask("browsingContext.getTree", {"moz:scope": "chrome"})
        words = [{"type": "string", "value": word} for word in (scheme, *contexts)]
        where = {"target": {"context": tree["contexts"][0]["context"]}, "arguments": words}
        made = await self.ask(
            "script.callFunction", {"functionDeclaration": SET, "awaitPromise": False, **where}
        )
        assert made["type"] == "success", made

    async def on_message(self, text):
        message = json.loads(text)
        if message["method"] != "emulation.setMediaFeaturesOverride":
            if message["method"] == "browsingContext.create":
                self.creations[message["id"]] = message["params"].get("userContext")
            await self.say(message)
            return
        params = message["params"]
        scheme = params["features"].get("prefers-color-scheme") or "none"
        self.schemes |= dict.fromkeys(params.get("userContexts", ()), scheme)
        self.later(self.painted(message["id"], scheme, params.get("contexts", ())))

    async def painted(self, number, scheme, contexts):
        await self.paint(scheme, contexts)
        await self.write_message(json.dumps({"id": number, "type": "success", "result": {}}))

    def name(self, params):
        """The id of a download, and its file by the name that playwright looks for."""
        url = params["download"] = params["url"]
        if suggested := params.get("suggestedFilename"):
            self.files[url] = suggested
        elif file := params.get("filepath"):  # `trace(1).csv` where there was one
            os.replace(file, Path(file).with_name(self.files[url]))

    def heard(self, text):
        if text is None:
            self.close()
            return
        self.later(self.hear(text))

    async def hear(self, text):
        message = json.loads(text)
        number = message.get("id")
        if number in self.waiting:
            answer = self.waiting.pop(number)
            if message["type"] == "success":
                answer.set_result(message["result"])
            else:
                answer.set_exception(RuntimeError(text))
            return
        if str(message.get("method")).startswith("browsingContext.download"):
            self.name(message["params"])
            text = json.dumps(message)
        user = self.creations.pop(number, None)
        if user in self.schemes and message["type"] == "success":
            await self.paint(self.schemes[user], [message["result"]["context"]])
        await self.write_message(text)


async def main(firefox, *arguments):
    process = await asyncio.create_subprocess_exec(
        firefox, "--remote-allow-system-access", *arguments, stderr=asyncio.subprocess.PIPE
    )
    async for line in process.stderr:
        said = line.decode(errors="replace")
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", said):
            place = {"address": found[1] + "/session"}
            sockets = bind_sockets(0, "127.0.0.1")
            HTTPServer(
                Application([("/session", Between, place)], websocket_max_message_size=LARGE)
            ).add_sockets(sockets)
            ours = f"ws://127.0.0.1:{sockets[0].getsockname()[1]}"
            said = said.replace(found[1], ours)
        sys.stderr.write(said)
        sys.stderr.flush()
    sys.exit(await process.wait())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
