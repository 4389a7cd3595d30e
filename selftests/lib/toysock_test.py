# SPDX-License-Identifier: GPL-2.0-only
"""Tests of toysock.py: each method, in the order of the file; waiting."""

import array
import errno
import os
import re
import signal
import socket
import struct
import threading

import toysock
from toysock import SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM
from toysock_tap import PATIENCE, Test, main


HEADER = os.path.join(os.path.dirname(__file__), '../../uapi/linux/toy.h')


class Make(Test):
    def test_constants(self):
        with open(HEADER) as header:
            numbers = re.findall(r'^#define (TOY_\w+|SOL_TOY)\s+(\w+)$',
                                 header.read(), re.MULTILINE)
        self.assertGreater(len(numbers), 15)
        for name, value in numbers:
            # Sizes within TOY_INFO are not for programs to pass.
            if name not in ('TOY_DROPS', 'TOY_HISTOGRAM'):
                self.assertIn(name, toysock.__all__)
                self.assertEqual(getattr(toysock, name),
                                 int(value.rstrip('U'), 0), name)

    def test_types(self):
        for kind in SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM:
            sock = self.socket(kind)
            self.assertEqual((sock.family, sock.type, sock.proto),
                             (toysock.AF_TOY, kind, 0))
            self.assertFalse(os.get_inheritable(sock.fileno()))
        self.assert_errno(errno.ESOCKTNOSUPPORT, toysock.socket, 4)
        self.assert_errno(errno.EPROTONOSUPPORT, toysock.socket, SOCK_STREAM, 1)

    def test_raw(self):
        self.assertEqual(self.socket(SOCK_RAW).type, SOCK_RAW)

    def test_is_a_socket(self):
        sock = self.socket()
        self.assertIsInstance(sock, socket.socket)
        self.assertIn('family=18', repr(sock).replace(str(int(sock.family)), '18'))

    def test_fileno(self):
        sock = self.socket(SOCK_DGRAM)
        sock.bind((0, 0))
        name = sock.getsockname()
        again = self.socket(SOCK_STREAM, 0, sock.detach())
        self.assertEqual((again.type, again.getsockname()), (SOCK_DGRAM, name))

    def test_fileno_of_another_family(self):
        with socket.socket() as other:
            self.assert_errno(errno.EAFNOSUPPORT, toysock.socket, SOCK_STREAM, 0,
                              other.fileno())
            other.getsockname()
        self.assert_errno(errno.EBADF, toysock.socket, SOCK_STREAM, 0, 999)
        self.assertRaises(ValueError, toysock.socket, SOCK_STREAM, 0, -1)

    def test_closed(self):
        with toysock.socket() as sock:
            sock.bind((0, 0))
        self.assertEqual(sock.fileno(), -1)
        for call in (sock.getsockname, sock.accept,
                     lambda: sock.bind((0, 0)), lambda: sock.connect((1, 1)),
                     lambda: sock.recvfrom(1), lambda: sock.recvmsg(1)):
            self.assert_errno(errno.EBADF, call)
        self.assertIn('[closed]', repr(sock))


class Address(Test):
    CALLS = ('bind', 'connect', 'connect_ex',
             lambda sock, at: sock.sendto(b'', at),
             lambda sock, at: sock.sendmsg([b''], (), 0, at))

    def refused(self, error, *addresses):
        sock = self.socket(SOCK_DGRAM)
        for address in addresses:
            for call in self.CALLS:
                if isinstance(call, str):
                    call = getattr(toysock.socket, call)
                with self.subTest(address=address):
                    self.assertRaises(error, call, sock, address)
        self.assertEqual(sock.getsockname(), (0, 0))

    def test_wrong_types(self):
        self.refused(TypeError, '1:80', b'', 80, [1, 80], (), (1,), (1, 80, 0),
                     ('1', 80), (1, '80'), (1.0, 80), (1, 80.0), (None, 80))

    def test_overflow(self):
        self.refused(OverflowError, (-1, 80), (1 << 32, 80), (1 << 64, 80),
                     (1, -1), (1, 65536), (1, 1 << 64))

    def test_none_is_no_address(self):
        sock = self.socket()
        self.assertRaises(TypeError, sock.bind, None)
        self.assertRaises(TypeError, sock.sendto, b'', None)
        self.assertRaises(TypeError, sock.sendto, b'')
        self.assertRaises(TypeError, sock.sendto, b'', 0, (1, 1), 0)
        self.assertRaises(TypeError, sock.sendto, 'text', (1, 1))

    def test_names(self):
        client, conn = self.pair()
        self.assertEqual(client.getpeername(), conn.getsockname())
        self.assertEqual(client.getsockname(), conn.getpeername())
        self.assertEqual(client.getsockname()[0], 1)
        ends = self.socketpair()
        self.assertEqual(ends[0].getpeername(), (0, 0))

    def test_highest(self):
        sock = self.socket(SOCK_DGRAM)
        sock.bind((0, 65535))
        self.assertEqual(sock.getsockname(), (0, 65535))
        self.assert_errno(errno.EADDRNOTAVAIL, self.socket().bind,
                          (0xfffffffe, 9000))


class Connection(Test):
    def test_connect_and_accept(self):
        server, address = self.server()
        client = self.socket()
        client.connect(address)
        conn, peer = server.accept()
        self.addCleanup(conn.close)
        self.assertIs(type(conn), toysock.socket)
        self.assertEqual(peer, client.getsockname())
        self.assertFalse(os.get_inheritable(conn.fileno()))
        self.assert_errno(errno.EISCONN, client.connect, address)

    def test_refused_in_words(self):
        sock = self.socket()
        self.assertEqual(sock.last_error(), '')
        failure = self.assert_errno(errno.ECONNREFUSED, sock.connect, (1, 9))
        self.assertIsInstance(failure, ConnectionRefusedError)
        self.assertRegex(sock.last_error(), r'^111 ECONNREFUSED connect 1:9: \w')
        self.assertEqual(sock.connect_ex((1, 9)), errno.ECONNREFUSED)

    def test_bind_in_use(self):
        _, (_, port) = self.server()
        self.assert_errno(errno.EADDRINUSE, self.socket().bind, (0, port))

    def test_send_and_recv(self):
        client, conn = self.pair()
        self.assertEqual(client.send(b'abc'), 3)
        self.assertEqual(conn.recv(2, socket.MSG_PEEK), b'ab')
        room = bytearray(4)
        self.assertEqual(conn.recv_into(room), 3)
        self.assertEqual(room, b'abc\0')
        self.assertEqual(client.sendmsg([b'a', b'bc']), 3)
        self.assertEqual(conn.recvfrom(9), (b'abc', client.getsockname()))

    def test_sendall_and_shutdown(self):
        client, conn = self.pair()
        data = bytes(range(256)) * 8192

        def send():
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)

        self.thread(send)
        with conn.makefile('rb') as stream:
            self.assertEqual(stream.read(), data)
        conn.close()
        self.assert_errno(errno.EPIPE, client.sendall, b'x')

    def test_makefile(self):
        client, conn = self.pair()
        with client.makefile('w', encoding='utf-8') as out:
            out.write('Zürich\nBern\n')
        client.shutdown(socket.SHUT_WR)
        with conn.makefile(encoding='utf-8') as lines:
            conn.close()
            self.assertEqual(list(lines), ['Zürich\n', 'Bern\n'])

    def test_sendfile(self):
        client, conn = self.pair()
        with open(__file__, 'rb') as source:
            text = source.read()
            self.thread(lambda: (client.sendfile(source, 0), client.close()))
            self.assertEqual(conn.makefile('rb').read(), text)

    def test_dup_and_detach(self):
        client, conn = self.pair()
        client.settimeout(7)
        copy = client.dup()
        self.assertIs(type(copy), toysock.socket)
        self.assertEqual(copy.gettimeout(), 7)
        self.assertEqual(copy.getpeername(), client.getpeername())
        client.close()
        copy.sendall(b'x')
        os.close(copy.detach())
        self.assertEqual((conn.recv(9), conn.recv(9)), (b'x', b''))

    def test_socketpair(self):
        for kind in SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM:
            left, right = self.socketpair(kind)
            self.assertIs(type(left), toysock.socket)
            left.send(b'x')
            self.assertEqual(right.recv(9), b'x')

    def test_create(self):
        server = toysock.create_server((0, 0), backlog=1, reuse_port=True)
        self.addCleanup(server.close)
        address = (1, server.getsockname()[1])
        second = toysock.create_server((0, address[1]), reuse_port=True)
        second.close()
        client = toysock.create_connection(address, 5, (0, 0))
        self.addCleanup(client.close)
        self.assertEqual(client.gettimeout(), 5)
        self.assert_errno(errno.EADDRINUSE, toysock.create_server,
                          (0, address[1]))
        self.assert_errno(errno.ECONNREFUSED, toysock.create_connection, (1, 9))

    def test_disconnect(self):
        client, conn = self.pair()
        client.disconnect()
        self.assert_errno(errno.ENOTCONN, client.getpeername)
        self.assertEqual(conn.recv(1), b'')
        server, address = self.server()
        client.connect(address)

    def test_options(self):
        sock = self.socket()
        sock.setsockopt(toysock.SOL_TOY, toysock.TOY_KEEPIDLE, 77)
        self.assertEqual(sock.getsockopt(toysock.SOL_TOY, toysock.TOY_KEEPIDLE),
                         77)
        info = sock.getsockopt(toysock.SOL_TOY, toysock.TOY_INFO, 1024)
        self.assertGreater(len(info), 100)
        self.assert_errno(errno.ENOPROTOOPT, sock.getsockopt, toysock.SOL_TOY, 99)


class Message(Test):
    def test_sendto_and_recvfrom(self):
        inbox, address = self.server(SOCK_DGRAM)
        sock = self.socket(SOCK_DGRAM)
        for data in b'question', bytearray(b'question'), memoryview(b'question'):
            self.assertEqual(sock.sendto(data, address), 8)
            data, sender = inbox.recvfrom(100)
            self.assertEqual(data, b'question')
        self.assertEqual(inbox.sendto(b'answer', 0, sender), 6)
        self.assertEqual(sock.recvfrom(3, socket.MSG_PEEK), (b'ans', address))
        self.assertEqual(sock.recvfrom(3, socket.MSG_TRUNC), (b'ans', address))
        self.assertEqual(sock.sendto(array.array('I', [1, 2]), address), 8)
        self.assertEqual(inbox.recvfrom(0)[0], b'')
        self.assertRaises(ValueError, inbox.recvfrom, -1)

    def test_recvfrom_into(self):
        inbox, address = self.server(SOCK_DGRAM)
        sock = self.socket(SOCK_DGRAM)
        room = bytearray(8)
        for nbytes, want in (0, b'abcdef\0\0'), (2, b'ab\0\0\0\0\0\0'):
            sock.sendto(b'abcdef', address)
            room[:] = bytes(8)
            length, sender = inbox.recvfrom_into(room, nbytes)
            self.assertEqual((length, bytes(room)), (want.index(0), want))
            self.assertEqual(sender[1], sock.getsockname()[1])
        self.assertRaises(ValueError, inbox.recvfrom_into, room, -1)
        self.assertRaises(ValueError, inbox.recvfrom_into, room, 9)
        self.assertRaises(TypeError, inbox.recvfrom_into, b'constant')
        self.assertRaises(TypeError, inbox.recvfrom_into, 8)

    def test_sendmsg_and_recvmsg(self):
        inbox, address = self.server(SOCK_DGRAM)
        sock = self.socket(SOCK_DGRAM)
        self.assertEqual(sock.sendmsg([b'a', bytearray(b'bc'), b''], (), 0,
                                      address), 3)
        data, ancillary, flags, sender = inbox.recvmsg(2, 0)
        self.assertEqual((data, ancillary, sender[0]), (b'ab', [], 1))
        self.assertEqual(flags & socket.MSG_TRUNC, socket.MSG_TRUNC)
        sock.sendto(b'abc', address)
        rooms = bytearray(1), bytearray(5)
        self.assertEqual(inbox.recvmsg_into(rooms)[0], 3)
        self.assertEqual(rooms, (b'a', b'bc\0\0\0'))
        self.assertRaises(ValueError, inbox.recvmsg, -1)
        self.assertRaises(ValueError, inbox.recvmsg, 1, -1)

    def test_seqpacket(self):
        client, conn = self.pair(SOCK_SEQPACKET)
        client.sendmsg([b'ab', b'c'], (), socket.MSG_EOR)
        client.send(b'd')
        data, _, flags, _ = conn.recvmsg(9)
        self.assertEqual((data, flags), (b'abc', socket.MSG_EOR))
        self.assertEqual(conn.recvfrom(9)[0], b'd')

    def test_credentials(self):
        inbox, address = self.server(SOCK_DGRAM)
        inbox.setsockopt(toysock.SOL_TOY, toysock.TOY_PASSCRED, 1)
        sock = self.socket(SOCK_DGRAM)
        mine = struct.pack('3i', os.getpid(), os.getuid(), os.getgid())
        control = [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, mine)]
        sock.sendmsg([b'x'], control, 0, address)
        self.assertEqual(inbox.recvmsg(9, socket.CMSG_SPACE(12))[:2],
                         (b'x', control))
        sock.sendmsg([b'x'], control * 2, 0, address)
        _, cut, flags, _ = inbox.recvmsg(9, socket.CMSG_LEN(8))
        self.assertEqual(flags & socket.MSG_CTRUNC, socket.MSG_CTRUNC)
        self.assertEqual([data for *_, data in cut], [mine[:8]])

    def test_descriptors_are_refused(self):
        _, address = self.server(SOCK_DGRAM)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('i', 1))]
        self.assert_errno(errno.EINVAL, self.socket(SOCK_DGRAM).sendmsg, [b'x'],
                          rights, 0, address)


class Waiting(Test):
    def test_nonblocking(self):
        server, address = self.server()
        inbox, to = self.server(SOCK_DGRAM)
        client = self.socket(SOCK_DGRAM)
        for sock in server, inbox, client:
            sock.setblocking(False)
        self.assertRaises(BlockingIOError, server.accept)
        self.assertRaises(BlockingIOError, inbox.recvfrom, 1)
        self.assertRaises(BlockingIOError, inbox.recvmsg, 1)
        with self.assertRaises(BlockingIOError):
            while True:
                client.sendto(bytes(10000), to)

    def test_timeout(self):
        server, _ = self.server()
        inbox, to = self.server(SOCK_DGRAM)
        client = self.socket(SOCK_DGRAM)
        for sock in server, inbox, client:
            sock.settimeout(0.2)
        self.assertRaises(TimeoutError, server.accept)
        self.assertRaises(TimeoutError, inbox.recvfrom, 1)
        self.assertRaises(TimeoutError, inbox.recv, 1)
        client.connect(to)
        with self.assertRaises(TimeoutError):
            while True:
                client.sendmsg([bytes(10000)])
        inbox.settimeout(PATIENCE)
        self.assertEqual(len(inbox.recvfrom(20000)[0]), 10000)

    def test_accept_resets_the_timeout(self):
        server, address = self.server()
        server.settimeout(PATIENCE)
        for timeout, want in (None, None), (5, 5):
            socket.setdefaulttimeout(timeout)
            self.addCleanup(socket.setdefaulttimeout, None)
            self.socket().connect(address)
            conn, _ = server.accept()
            self.addCleanup(conn.close)
            self.assertEqual(conn.gettimeout(), want)

    def full(self):
        """A listener whose backlog is full."""
        server, address = self.server(backlog=0)
        self.socket().connect(address)
        return server, address

    def test_full_backlog(self):
        server, address = self.full()
        sock = self.socket()
        sock.setblocking(False)
        failure = self.assert_errno(errno.EAGAIN, sock.connect, address)
        self.assertIsInstance(failure, toysock.BacklogFull)
        self.assertNotIsInstance(failure, BlockingIOError)
        self.assertEqual(sock.connect_ex(address), errno.EAGAIN)
        sock.settimeout(0.2)
        self.assertRaises(TimeoutError, sock.connect, address)
        self.assertEqual(sock.gettimeout(), 0.2)
        self.assertFalse(os.get_blocking(sock.fileno()))
        self.assertEqual(sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                                         16), bytes(16))
        sock.settimeout(PATIENCE)
        self.thread(lambda: server.accept()[0].close())
        sock.connect(address)

    def interrupted(self, call):
        """call(tick) while signals come; tick is set after a few of them."""
        tick = threading.Event()
        seen = []

        def handler(*_):
            seen.append(1)
            if len(seen) >= 3:
                tick.set()

        old = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        try:
            return call(tick)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)
            self.assertGreaterEqual(len(seen), 3)

    def test_signals(self):
        server, address = self.server()
        inbox, to = self.server(SOCK_DGRAM)
        sock = self.socket()
        # Another thread acts once the main one was interrupted.
        def accept(tick):
            self.thread(lambda: (tick.wait(), sock.connect(address)))
            return server.accept()[0]

        def receive(tick):
            out = self.socket(SOCK_DGRAM)
            self.thread(lambda: (tick.wait(), out.sendto(b'x', to)))
            return inbox.recvfrom(1)[0]

        for timeout in None, PATIENCE:
            server.settimeout(timeout)
            inbox.settimeout(timeout)
            self.interrupted(accept).close()
            self.assertEqual(self.interrupted(receive), b'x')
            sock = self.socket()

    def test_signals_during_connect(self):
        for timeout in None, PATIENCE:
            server, address = self.full()
            sock = self.socket()
            sock.settimeout(timeout)

            def connect(tick):
                self.thread(lambda: (tick.wait(), server.accept()[0].close()))
                sock.connect(address)

            self.interrupted(connect)
            self.assertEqual(sock.getpeername(), address)

    def test_a_handler_that_raises(self):
        server, _ = self.server()

        def handler(*_):
            raise KeyboardInterrupt

        old = signal.signal(signal.SIGALRM, handler)
        self.addCleanup(signal.signal, signal.SIGALRM, old)

        def accept():
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            server.accept()

        self.assertRaises(KeyboardInterrupt, accept)


if __name__ == '__main__':
    main(Make, Address, Connection, Message, Waiting)
