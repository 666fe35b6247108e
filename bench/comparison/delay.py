"""A proxy of TCP on loopback that hands on every byte after a delay: delay.py PORT TARGET SECONDS. Nothing else of the way is made up: no loss, no bound of bandwidth."""
import asyncio
import socket
import sys

CHUNK = 1 << 18
MOST_UNDER_WAY = 256  # Chunks in each direction: 64 MiB, more than any way here holds.


async def receive(reader, queue, delay):
    loop = asyncio.get_running_loop()
    while True:
        data = await reader.read(CHUNK)
        await queue.put((loop.time() + delay, data))
        if not data:
            return


async def send(writer, queue):
    loop = asyncio.get_running_loop()
    while True:
        due, data = await queue.get()
        wait = due - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        if not data:
            break
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def hand_on(reader, writer, delay):
    queue = asyncio.Queue(MOST_UNDER_WAY)
    await asyncio.gather(receive(reader, queue, delay), send(writer, queue))


async def serve(port, target, delay):
    async def accept(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target, limit=CHUNK)
        for end in (writer, far_writer):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await asyncio.gather(hand_on(reader, far_writer, delay), hand_on(far_reader, writer, delay))
        except OSError:
            pass  # One end has gone; so does the other.
        finally:
            writer.close()
            far_writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", port, limit=CHUNK)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
