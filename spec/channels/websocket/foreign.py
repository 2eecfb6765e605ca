"""A client that knows nothing of Kintsugi: asks for a file, leaves in the middle, comes back, allows it, and prints what it saw."""
import asyncio, json, sys
import websockets


async def say(socket, **frame):
    await socket.send(json.dumps(frame))


async def main(url, key):
    seen, questions = [], 0
    async with websockets.connect(url) as socket:
        await say(socket, type="auth", api_key=key)
        session = json.loads(await socket.recv())["session_id"]
        await say(socket, type="message", content="write python.txt", message_id="python-1")
        async for text in socket:
            frame = json.loads(text)
            seen += [frame] if frame["type"] in ("event", "response") else []
            if frame["type"] == "permission":
                questions += 1
                break
    last = max(frame["seq"] for frame in seen)
    async with websockets.connect(url) as socket:
        await say(socket, type="auth", api_key=key, session_id=session, after=last)
        # Said again, as after an answer that was lost: it is done once.
        await say(socket, type="message", content="write python.txt", message_id="python-1")
        async for text in socket:
            frame = json.loads(text)
            seen += [frame] if frame["type"] in ("event", "response") else []
            if frame["type"] == "permission":
                questions += 1
                await say(socket, type="permission", id=frame["id"], decision="allow")
            if frame["type"] == "status" and frame["status"] == "done" and "message_id" not in frame:
                break
    print(json.dumps({"seen": seen, "questions": questions}))


asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), 30))
