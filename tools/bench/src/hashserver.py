"""The equal of the Python hashserver: the same calls, on FastAPI, uvicorn, httptools and uvloop.

A PUT is streamed to a file while it is hashed, and then renamed; a GET is a FileResponse; /has asks os.path.exists in threads.
Usage: hashserver.py FOLDER [--fsync]; it prints its URL once it listens.
"""

import asyncio
import hashlib
import os
import socket
import sys
import uuid

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse

folder = sys.argv[1]
fsync = "--fsync" in sys.argv
app = FastAPI()


def path_of(checksum):
    return os.path.join(folder, checksum[:2], checksum)


@app.get("/has")
async def has(request: Request):
    checksums = await request.json()
    return await asyncio.gather(*(asyncio.to_thread(os.path.exists, path_of(checksum)) for checksum in checksums))


@app.get("/{checksum}")
async def get(checksum: str):
    path = path_of(checksum)
    return FileResponse(path) if await asyncio.to_thread(os.path.exists, path) else Response(status_code=404)


def finish(file, temporary, path):
    if fsync:
        file.flush()
        os.fsync(file.fileno())
    file.close()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.rename(temporary, path)
    if fsync:
        parent = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)


@app.put("/{checksum}")
async def put(checksum: str, request: Request):
    temporary = os.path.join(folder, f".{uuid.uuid4()}")
    digest = hashlib.sha256()
    file = await asyncio.to_thread(open, temporary, "wb")
    async for chunk in request.stream():
        digest.update(chunk)
        await asyncio.to_thread(file.write, chunk)
    if digest.hexdigest() != checksum:
        file.close()
        os.unlink(temporary)
        return Response(status_code=400)
    await asyncio.to_thread(finish, file, temporary, path_of(checksum))
    return "OK"


with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", http="httptools", loop="uvloop", timeout_keep_alive=600))
    server.run(sockets=[listener])
