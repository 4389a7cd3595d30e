# SPDX-License-Identifier: GPL-2.0-only
"""AF_TOY sockets for Python: socket.socket, with (node, port) addresses.

Python's own socket module makes sockets of any family, but it cannot write the
addresses of one that it does not know: bind(), connect(), accept() and all
others that take or give an address fail. This module is those calls, made of
libc's by ctypes. Everything else is inherited, so that whatever takes a
socket.socket takes a toysock.socket: selectors, asyncio, subprocess.

    import toysock

    with toysock.create_server((0, 4000)) as server:
        client = toysock.create_connection((1, 4000))
        client.sendall(b'hello')
        conn, peer = server.accept()
        print(conn.recv(100), 'from port', peer[1])

ADDRESSES are tuples of two numbers, (node, port). Node 0 is any node in bind()
and this one in connect(), 1 is always this network namespace, others are
reached over a link; port 0 has one chosen. A node beyond 32 bits or a port
beyond 16 is an OverflowError, anything but two numbers a TypeError. See
af_toy(7) for what they mean. A receive that tells no sender gives None.

FUNCTIONS
  socket(type=SOCK_STREAM, proto=0, fileno=None)
        A socket, of SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM or SOCK_RAW. With
        fileno the one behind a descriptor, which it owns from then on; an
        OSError (EAFNOSUPPORT) if that is of another family.
  socketpair(type=SOCK_STREAM, proto=0)
        Two sockets that are connected.
  create_connection(address, timeout=..., source_address=None)
  create_server(address, *, backlog=None, reuse_port=False)
        As in socket. reuse_port is TOY_REUSEPORT, which needs the option on
        every socket of the port.

METHODS are those of socket.socket. Besides:
  last_error()  why the socket's last failed call failed, in words: '111
                ECONNREFUSED connect 1:80: nothing listens on that port'
  disconnect()  connect(2) to AF_UNSPEC: the socket may be used anew

TIME. settimeout() and setblocking() mean what they mean everywhere; a call
whose time is up raises TimeoutError, one that would block BlockingIOError. A
signal whose handler raises nothing interrupts nothing.

ERRORS are OSErrors with an errno, or what Python makes of them. One is new:
connect() to a listener of this node whose backlog is full raises BacklogFull
where the socket does not block. Its errno is EAGAIN, but it is no
BlockingIOError: nothing was begun, there is nothing to wait for, and what waits
all the same (asyncio does) would take the socket for connected. Try again
later. With a timeout, or none, connect() waits for its place.

ASYNCIO. loop.sock_connect(), sock_accept(), sock_recv(), sock_sendall(),
sock_recvfrom() and their kin take these sockets once setblocking(False) was
called. So do the functions with sock=:

    server = await asyncio.start_server(serve, sock=toysock.create_server(at))

    sock = toysock.socket()
    sock.setblocking(False)
    await loop.sock_connect(sock, at)
    reader, writer = await asyncio.open_connection(sock=sock)

asyncio.start_server() sets a backlog of its own, 100, unless given one. Streams
are for SOCK_STREAM alone; create_datagram_endpoint(sock=) for SOCK_DGRAM.

SSL. SSLContext.wrap_socket() makes a socket of a class of its own, which cannot
ask for the peer's name: an OSError. What uses SSLContext.wrap_bio() needs none.

CONSTANTS: AF_TOY, SOL_TOY, TOY_*, as linux/toy.h has them, and the types. AF_TOY
is the number that the module was loaded with when this file was imported, 18 if
it was not.
"""

import ctypes
import enum
import errno
import operator
import os
import re
import select
import socket as _socket
import struct
import sys
import time
from socket import (SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_DGRAM, SOCK_RAW,
                    SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET)


def _family():
    try:
        with open('/sys/module/toy/parameters/family') as parameter:
            return int(parameter.read())
    except OSError:
        return 18


# An enum as in socket, where the number may belong to a family long gone.
AddressFamily = enum.IntEnum('AddressFamily', {'AF_TOY': _family()})
AF_TOY = PF_TOY = AddressFamily.AF_TOY
SOL_TOY = 300

TOY_NODE_ANY = 0
TOY_NODE_LOOPBACK = 1
TOY_NODE_BROADCAST = 0xffffffff
TOY_PORT_ANY = 0
TOY_PORT_PRIVILEGED = 1024

(TOY_NODELAY, TOY_KEEPIDLE, TOY_KEEPINTVL, TOY_KEEPCNT, TOY_USER_TIMEOUT,
 TOY_REUSEPORT, TOY_PASSCRED, TOY_FSMODE, TOY_LAST_ERROR, TOY_INFO,
 TOY_MAXSEG) = range(1, 12)

TOYIOC_GETSOCK = 0xf701

__all__ = ['socket', 'socketpair', 'create_connection', 'create_server',
           'BacklogFull', *(name for name in globals() if re.match(
               '(AF|PF|SOL|TOY|SHUT|SOCK)_?[A-Z]', name))]

_LAST_ERROR_MAX = 160
_TIMEVAL = struct.Struct('@ll')
_CMSG = struct.Struct('@Nii')


class BacklogFull(OSError):
    """connect() without waiting, and the listener has no place for a call."""


class _Address(ctypes.Structure):
    """struct sockaddr_toy"""
    _fields_ = [('family', ctypes.c_ushort),
                ('port', ctypes.c_uint16),
                ('node', ctypes.c_uint32)]


class _Iovec(ctypes.Structure):
    """struct iovec"""
    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]


class _Msghdr(ctypes.Structure):
    """struct msghdr"""
    _fields_ = [('name', ctypes.c_void_p), ('namelen', ctypes.c_uint),
                ('iov', ctypes.POINTER(_Iovec)), ('iovlen', ctypes.c_size_t),
                ('control', ctypes.c_void_p), ('controllen', ctypes.c_size_t),
                ('flags', ctypes.c_int)]


_libc = ctypes.CDLL(None, use_errno=True)


def _function(name, result, *arguments):
    """A function of libc; calling it lets other threads run."""
    function = getattr(_libc, name)
    function.restype = result
    function.argtypes = arguments
    return function


_int, _void, _size = ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t
_bind = _function('bind', _int, _int, _void, ctypes.c_uint)
_connect = _function('connect', _int, _int, _void, ctypes.c_uint)
_accept4 = _function('accept4', _int, _int, _void, _void, _int)
_getsockname = _function('getsockname', _int, _int, _void, _void)
_getpeername = _function('getpeername', _int, _int, _void, _void)
_sendto = _function('sendto', ctypes.c_ssize_t, _int, _void, _size, _int, _void,
                    ctypes.c_uint)
_recvfrom = _function('recvfrom', ctypes.c_ssize_t, _int, _void, _size, _int,
                      _void, _void)
_sendmsg = _function('sendmsg', ctypes.c_ssize_t, _int, _void, _int)
_recvmsg = _function('recvmsg', ctypes.c_ssize_t, _int, _void, _int)


def _error(number):
    return OSError(number, os.strerror(number))


def _pack(address):
    """A struct sockaddr_toy of (node, port)."""
    if not isinstance(address, tuple) or len(address) != 2:
        raise TypeError('AF_TOY address must be a tuple (node, port), not %r'
                        % (address,))
    node, port = (operator.index(number) for number in address)
    if not 0 <= port <= 0xffff:
        raise OverflowError('port must be 0-65535')
    if not 0 <= node <= 0xffffffff:
        raise OverflowError('node must be 0-4294967295')
    return _Address(AF_TOY, port, node)


class _Name:
    """Room for an address that the kernel fills in."""

    def __init__(self):
        self.address = _Address()
        self.length = ctypes.c_uint(ctypes.sizeof(_Address))

    def pointers(self):
        return ctypes.byref(self.address), ctypes.byref(self.length)

    def value(self):
        if self.length.value < ctypes.sizeof(_Address):
            return None
        return self.address.node, self.address.port


def _writable(buffer):
    """What ctypes takes for the bytes of a writable buffer, and their number."""
    view = memoryview(buffer).cast('B')
    return (ctypes.c_char * len(view)).from_buffer(view), len(view)


def _pack_control(ancdata):
    """Control messages, each a (level, type, bytes)."""
    parts = []
    for level, kind, data in ancdata:
        data = bytes(memoryview(data))
        part = _CMSG.pack(_socket.CMSG_LEN(len(data)), level, kind) + data
        parts.append(part.ljust(_socket.CMSG_SPACE(len(data)), b'\0'))
    return b''.join(parts)


def _unpack_control(control):
    """What _pack_control() makes; a last one that was cut is cut here."""
    found = []
    while len(control) >= _CMSG.size:
        length, level, kind = _CMSG.unpack_from(control)
        if length < _CMSG.size:
            break
        data = control[_CMSG.size:length]
        found.append((level, kind, data))
        control = control[_socket.CMSG_SPACE(length - _CMSG.size):]
    return found


class socket(_socket.socket):
    """A socket of the family AF_TOY; see the module's own text."""

    __slots__ = ()

    def __init__(self, type=SOCK_STREAM, proto=0, fileno=None):
        if fileno is None:
            super().__init__(AF_TOY, type, proto)
            return
        # Asks the kernel what it is.
        super().__init__(fileno=fileno)
        if super().family != AF_TOY:
            self.detach()
            raise _error(errno.EAFNOSUPPORT)

    @property
    def family(self):
        """AF_TOY"""
        return AF_TOY

    def _limit(self):
        timeout = self.gettimeout()
        return time.monotonic() + timeout if timeout else None

    def _wait(self, event, limit):
        """Until poll(2) has the event; TimeoutError at the limit."""
        poll = select.poll()
        poll.register(self.fileno(), event)
        left = None
        if limit is not None:
            # Rounded up, for a poll of 0 ms does not wait.
            left = max(0, int((limit - time.monotonic()) * 1000 + 0.999))
        if not poll.poll(left):
            raise TimeoutError('timed out')

    def _call(self, event, function, *arguments):
        """function(fd, ...), as often as signals and the timeout ask for."""
        limit = self._limit()
        while True:
            if limit is not None:
                self._wait(event, limit)
            result = function(self.fileno(), *arguments)
            if result >= 0:
                return result
            number = ctypes.get_errno()
            # Somebody else took what poll had seen, where there is a limit.
            if number == errno.EINTR or (number == errno.EAGAIN and
                                         limit is not None):
                continue
            raise _error(number)

    def bind(self, address):
        """Give the socket a name, (node, port)."""
        sys.audit('socket.bind', self, address)
        packed = _pack(address)
        if _bind(self.fileno(), ctypes.byref(packed), ctypes.sizeof(packed)):
            raise _error(ctypes.get_errno())

    def connect(self, address):
        """Connect to (node, port)."""
        number = self._connect(address)
        if number == errno.EAGAIN:
            raise BacklogFull(number, 'The backlog of the listener is full')
        if number:
            raise _error(number)

    def connect_ex(self, address):
        """As connect(), but what fails is returned as errno."""
        try:
            return self._connect(address)
        except TimeoutError:
            return errno.EAGAIN

    def _connect(self, address):
        sys.audit('socket.connect', self, address)
        packed = _pack(address)
        if self.gettimeout() == 0:
            return self._connect_once(packed)
        limit = self._limit()
        if limit is None:
            return self._connect_waiting(packed, None)
        # There is nothing to poll for while a local backlog is full: let the
        # kernel do the waiting.
        saved = self.getsockopt(SOL_SOCKET, _socket.SO_SNDTIMEO, _TIMEVAL.size)
        os.set_blocking(self.fileno(), True)
        try:
            return self._connect_waiting(packed, limit)
        finally:
            if self.fileno() >= 0:
                os.set_blocking(self.fileno(), False)
                self.setsockopt(SOL_SOCKET, _socket.SO_SNDTIMEO, saved)

    def _connect_once(self, packed):
        if _connect(self.fileno(), ctypes.byref(packed),
                    ctypes.sizeof(packed)) == 0:
            return 0
        return ctypes.get_errno()

    def _connect_waiting(self, packed, limit):
        """An errno, once it is connected or cannot be."""
        while True:
            if limit is not None:
                # At least a moment: 0 would be for ever.
                left = max(limit - time.monotonic(), 0.001)
                self.setsockopt(SOL_SOCKET, _socket.SO_SNDTIMEO, _TIMEVAL.pack(
                    int(left), max(int(left % 1 * 1000000), 1)))
            number = self._connect_once(packed)
            if number == errno.EAGAIN and limit is not None:
                raise TimeoutError('timed out')
            if number in (errno.EINPROGRESS, errno.EALREADY):
                self._wait(select.POLLOUT, limit)
                return self.getsockopt(SOL_SOCKET, _socket.SO_ERROR)
            # Interrupted, it may go on all the same: the next call tells.
            if number != errno.EINTR:
                return number

    def disconnect(self):
        """Forget the peer; a listener stops. The socket may be used anew."""
        none = _Address(_socket.AF_UNSPEC)
        if _connect(self.fileno(), ctypes.byref(none), ctypes.sizeof(none)):
            raise _error(ctypes.get_errno())

    def accept(self):
        """A call: (socket, address of the caller)."""
        name = _Name()
        fd = self._call(select.POLLIN, _accept4, *name.pointers(),
                        _socket.SOCK_CLOEXEC)
        sock = type(self)(fileno=fd)
        # Only the process' default timeout is for children, too.
        if _socket.getdefaulttimeout() is None and self.gettimeout():
            sock.setblocking(True)
        return sock, name.value()

    def _name(self, function):
        name = _Name()
        if function(self.fileno(), *name.pointers()):
            raise _error(ctypes.get_errno())
        return name.value()

    def getsockname(self):
        """The socket's own name, (node, port)."""
        return self._name(_getsockname)

    def getpeername(self):
        """The peer's name, (node, port)."""
        return self._name(_getpeername)

    def sendto(self, data, *arguments):
        """sendto(data[, flags], address): the number of bytes sent."""
        if not 1 <= len(arguments) <= 2:
            raise TypeError('sendto() takes 2 or 3 arguments (%d given)'
                            % (len(arguments) + 1))
        flags, address = (0, *arguments)[-2:]
        sys.audit('socket.sendto', self, address)
        packed = _pack(address)
        data = bytes(memoryview(data))
        return self._call(select.POLLOUT, _sendto, data, len(data), flags,
                          ctypes.byref(packed), ctypes.sizeof(packed))

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
        """All buffers as one message, with control messages."""
        if address is None:
            return super().sendmsg(buffers, ancdata, flags)
        sys.audit('socket.sendmsg', self, address)
        packed = _pack(address)
        data = b''.join(buffers)
        control = _pack_control(ancdata)
        iovec = _Iovec(ctypes.cast(ctypes.c_char_p(data), _void), len(data))
        header = _Msghdr(ctypes.cast(ctypes.byref(packed), _void),
                         ctypes.sizeof(packed), ctypes.pointer(iovec), 1,
                         ctypes.cast(ctypes.c_char_p(control), _void),
                         len(control), 0)
        return self._call(select.POLLOUT, _sendmsg, ctypes.byref(header), flags)

    def recvfrom(self, bufsize, flags=0):
        """(bytes, sender)"""
        if bufsize < 0:
            raise ValueError('negative buffersize in recvfrom')
        buffer = bytearray(bufsize)
        length, address = self._receive(buffer, bufsize, flags)
        return bytes(memoryview(buffer)[:length]), address

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        """(number of bytes put into the buffer, sender)"""
        size = memoryview(buffer).nbytes
        if nbytes < 0:
            raise ValueError('negative buffersize in recvfrom_into')
        if nbytes > size:
            raise ValueError('nbytes is greater than the length of the buffer')
        return self._receive(buffer, nbytes or size, flags)

    def _receive(self, buffer, size, flags):
        name = _Name()
        target, _ = _writable(buffer)
        length = self._call(select.POLLIN, _recvfrom, target, size, flags,
                            *name.pointers())
        # With MSG_TRUNC it is the message's.
        return min(length, size), name.value()

    def recvmsg(self, bufsize, ancbufsize=0, flags=0):
        """(bytes, control messages, flags, sender)"""
        if bufsize < 0:
            raise ValueError('negative buffer size in recvmsg')
        buffer = bytearray(bufsize)
        length, *rest = self.recvmsg_into([buffer], ancbufsize, flags)
        return bytes(memoryview(buffer)[:length]), *rest

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0):
        """(number of bytes, control messages, flags, sender)"""
        if ancbufsize < 0:
            raise ValueError('invalid ancillary data buffer length')
        targets = [_writable(buffer) for buffer in buffers]
        iovecs = (_Iovec * len(targets))(*(
            (ctypes.addressof(target), size) for target, size in targets))
        control = ctypes.create_string_buffer(ancbufsize)
        address = _Address()
        header = _Msghdr()
        # Written anew for each attempt: the kernel puts its own there.
        def receive(fd):
            header.name = ctypes.addressof(address)
            header.namelen = ctypes.sizeof(address)
            header.iov, header.iovlen = iovecs, len(targets)
            header.control = ctypes.addressof(control) if ancbufsize else None
            header.controllen = ancbufsize
            return _recvmsg(fd, ctypes.byref(header), flags)

        length = self._call(select.POLLIN, receive)
        sender = (address.node, address.port) if header.namelen else None
        return (min(length, sum(size for _, size in targets)),
                _unpack_control(control.raw[:header.controllen]),
                header.flags, sender)

    def dup(self):
        """Another descriptor of the same socket, as an object."""
        sock = type(self)(fileno=_socket.dup(self.fileno()))
        sock.settimeout(self.gettimeout())
        return sock

    def last_error(self):
        """Why the last failed call failed, in words; '' before the first."""
        text = self.getsockopt(SOL_TOY, TOY_LAST_ERROR, _LAST_ERROR_MAX)
        return text.split(b'\0')[0].decode()


def socketpair(type=SOCK_STREAM, proto=0):
    """Two sockets that are connected."""
    return tuple(socket(fileno=end.detach())
                 for end in _socket.socketpair(AF_TOY, type, proto))


_default = object()


def create_connection(address, timeout=_default, source_address=None):
    """A stream that is connected to address, from source_address."""
    sock = socket()
    try:
        if timeout is not _default:
            sock.settimeout(timeout)
        if source_address is not None:
            sock.bind(source_address)
        sock.connect(address)
        return sock
    except BaseException:
        sock.close()
        raise


def create_server(address, *, backlog=None, reuse_port=False):
    """A stream that listens at address."""
    sock = socket()
    try:
        sock.setsockopt(SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(SOL_TOY, TOY_REUSEPORT, 1)
        sock.bind(address)
        if backlog is None:
            sock.listen()
        else:
            sock.listen(backlog)
        return sock
    except BaseException:
        sock.close()
        raise
