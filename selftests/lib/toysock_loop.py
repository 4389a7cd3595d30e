# SPDX-License-Identifier: GPL-2.0-only
"""Tests of toysock.py with selectors, asyncio and subprocess; over a link."""

import asyncio
import errno
import selectors
import socket
import ssl
import subprocess

import toysock
from toysock import SOCK_DGRAM
from toysock_tap import PATIENCE, Test, main

CLIENTS = 100


class Selectors(Test):
    def serve(self, server, clients):
        """Echoes to so many clients, until the last has closed."""
        with selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            while clients:
                events = selector.select(PATIENCE)
                self.assertTrue(events)
                for sock in (key.fileobj for key, _ in events):
                    if sock is server:
                        conn, _ = server.accept()
                        conn.setblocking(False)
                        selector.register(conn, selectors.EVENT_READ)
                    elif data := sock.recv(100):
                        sock.sendall(data)
                    else:
                        selector.unregister(sock)
                        sock.close()
                        clients -= 1

    def test_echo(self):
        server, address = self.server()
        server.setblocking(False)
        thread = self.thread(self.serve, server, 20)
        clients = [self.socket() for _ in range(20)]
        for n, sock in enumerate(clients):
            sock.settimeout(PATIENCE)
            sock.connect(address)
            sock.sendall(b'client %d' % n)
        for n, sock in enumerate(clients):
            self.assertEqual(sock.recv(100), b'client %d' % n)
            sock.close()
        thread.join(PATIENCE)
        self.assertFalse(thread.is_alive())


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def dial(address):
    """A stream's reader and writer, as a program would make them."""
    sock = toysock.socket()
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, address)
    return await asyncio.open_connection(sock=sock)


async def ask(address, n):
    reader, writer = await dial(address)
    for line in range(5):
        writer.write(b'client %d line %d\n' % (n, line))
        await writer.drain()
        assert await reader.readline() == b'CLIENT %d LINE %d\n' % (n, line)
    peer = writer.get_extra_info('peername')
    writer.close()
    await writer.wait_closed()
    return peer


class Asyncio(Test):
    def run_loop(self, function, debug=True):
        async def run():
            # Looks for sockets that block; how long steps take is no news.
            loop = asyncio.get_running_loop()
            loop.slow_callback_duration = PATIENCE
            await asyncio.wait_for(function(), PATIENCE)

        asyncio.run(run(), debug=debug)

    def test_streams(self):
        async def body():
            listener = toysock.create_server((0, 0))
            address = (1, listener.getsockname()[1])
            server = await asyncio.start_server(echo, sock=listener,
                                                backlog=CLIENTS)
            async with server:
                peers = await asyncio.gather(
                    *(ask(address, n) for n in range(CLIENTS)))
                self.assertEqual(set(peers), {address})

        # What debugging costs a hundred clients takes longer than they do.
        self.run_loop(body, debug=False)

    def test_sock_calls(self):
        async def body():
            loop = asyncio.get_running_loop()
            server, address = self.server()
            client = self.socket()
            for sock in server, client:
                sock.setblocking(False)
            accepting = asyncio.create_task(loop.sock_accept(server))
            await loop.sock_connect(client, address)
            conn, peer = await accepting
            self.addCleanup(conn.close)
            self.assertEqual(peer, client.getsockname())
            data = bytes(range(256)) * 4096
            sending = asyncio.create_task(loop.sock_sendall(client, data))
            got = bytearray()
            room = bytearray(30000)
            while len(got) < len(data):
                got += await loop.sock_recv(conn, 50000)
                if len(got) < len(data):
                    length = await loop.sock_recv_into(conn, room)
                    got += room[:length]
            await sending
            self.assertEqual(got, data)

        self.run_loop(body)

    def test_sock_datagrams(self):
        async def body():
            loop = asyncio.get_running_loop()
            inbox, address = self.server(SOCK_DGRAM)
            sock = self.socket(SOCK_DGRAM)
            inbox.setblocking(False)
            sock.setblocking(False)
            receiving = asyncio.create_task(loop.sock_recvfrom(inbox, 100))
            await loop.sock_sendto(sock, b'question', address)
            data, sender = await receiving
            self.assertEqual(data, b'question')
            await loop.sock_sendto(inbox, b'answer', sender)
            room = bytearray(6)
            self.assertEqual(await loop.sock_recvfrom_into(sock, room),
                             (6, address))
            self.assertEqual(room, b'answer')

        self.run_loop(body)

    def test_datagram_endpoint(self):
        answers = []

        class Echo(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, sender):
                self.transport.sendto(data.upper(), sender)

        async def body():
            loop = asyncio.get_running_loop()
            inbox, address = self.server(SOCK_DGRAM)
            inbox.setblocking(False)
            transport, _ = await loop.create_datagram_endpoint(Echo, sock=inbox)
            sock = self.socket(SOCK_DGRAM)
            sock.setblocking(False)
            for data in b'one', b'two':
                await loop.sock_sendto(sock, data, address)
                answers.append(await loop.sock_recvfrom(sock, 100))
            transport.close()
            self.assertEqual(answers, [(b'ONE', address), (b'TWO', address)])

        self.run_loop(body)

    def test_full_backlog(self):
        async def body():
            server, address = self.server(backlog=0)
            self.socket().connect(address)
            with self.assertRaises(toysock.BacklogFull):
                await dial(address)

        self.run_loop(body)


class Others(Test):
    def test_subprocess(self):
        left, right = self.socketpair()
        left.sendall(b'words')
        left.shutdown(socket.SHUT_WR)
        subprocess.run(['tr', 'a-z', 'A-Z'], stdin=right, stdout=right,
                       check=True, timeout=PATIENCE)
        self.assertEqual(left.recv(9), b'WORDS')


    def test_ssl_makes_sockets_of_its_own(self):
        left, _ = self.socketpair()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        self.assertRaises(OSError, context.wrap_socket, left)


class Link(Test):
    """Node 2 talks to itself over lo, which has to be a link for that."""

    def over_lo(self):
        sock = self.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'lo')
        return sock

    def server_over_lo(self):
        server = self.over_lo()
        server.bind((0, 0))
        server.listen(8)
        return server, (2, server.getsockname()[1])

    def test_connect(self):
        server, address = self.server_over_lo()
        for timeout in None, PATIENCE:
            client = self.over_lo()
            client.settimeout(timeout)
            client.connect(address)
            conn, peer = server.accept()
            self.addCleanup(conn.close)
            self.assertEqual(peer, client.getsockname())
            client.sendall(b'x')
            self.assertEqual(conn.recv(9), b'x')

    def test_connect_without_waiting(self):
        # Nobody is node 9, so that nobody answers.
        sock = self.over_lo()
        sock.setblocking(False)
        self.assertRaises(BlockingIOError, sock.connect, (9, 80))
        self.assertIn(sock.connect_ex((9, 80)),
                      (errno.EALREADY, errno.EHOSTUNREACH))
        sock = self.over_lo()
        sock.settimeout(0.05)
        with self.assertRaises(OSError) as caught:
            sock.connect((10, 80))
        # A machine that stood still hears first that nobody answered.
        if not isinstance(caught.exception, TimeoutError):
            self.assertEqual(caught.exception.errno, errno.EHOSTUNREACH)

    def test_asyncio(self):
        async def body():
            loop = asyncio.get_running_loop()
            server, address = self.server_over_lo()
            server.setblocking(False)
            client = self.over_lo()
            client.setblocking(False)
            accepting = asyncio.create_task(loop.sock_accept(server))
            await loop.sock_connect(client, address)
            conn, _ = await accepting
            self.addCleanup(conn.close)
            await loop.sock_sendall(client, b'over a link')
            self.assertEqual(await loop.sock_recv(conn, 100), b'over a link')

        asyncio.run(asyncio.wait_for(body(), PATIENCE))


if __name__ == '__main__':
    main(Selectors, Asyncio, Others, Link)
