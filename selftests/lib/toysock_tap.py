# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of toysock.py share: TAP, pairs of sockets, threads."""

import sys
import threading
import time
import traceback
import unittest

import toysock

# Seconds that any one step may take; software emulation is slow.
PATIENCE = 240


class Test(unittest.TestCase):
    """A test that closes what it opened."""

    def socket(self, *arguments):
        sock = toysock.socket(*arguments)
        self.addCleanup(sock.close)
        return sock

    def server(self, type=toysock.SOCK_STREAM, backlog=8):
        """A server with a port of the kernel's choice; and its address."""
        sock = self.socket(type)
        sock.bind((0, 0))
        if type != toysock.SOCK_DGRAM:
            sock.listen(backlog)
        return sock, (1, sock.getsockname()[1])

    def pair(self, type=toysock.SOCK_STREAM):
        """Two ends of a connection that was dialled."""
        server, address = self.server(type)
        client = self.socket(type)
        client.connect(address)
        conn, _ = server.accept()
        self.addCleanup(conn.close)
        server.close()
        return client, conn

    def socketpair(self, *arguments):
        ends = toysock.socketpair(*arguments)
        for end in ends:
            self.addCleanup(end.close)
        return ends

    def thread(self, function, *arguments):
        """Runs beside the test, which ends only after it."""
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        self.addCleanup(thread.join, PATIENCE)
        return thread

    def until(self, condition):
        """Waits for condition(), whose value it gives."""
        end = time.monotonic() + PATIENCE
        while not (value := condition()):
            self.assertLess(time.monotonic(), end, 'it does not come true')
            time.sleep(0.02)
        return value

    def assert_errno(self, number, function, *arguments):
        """function(...) fails with the errno; gives the exception."""
        with self.assertRaises(OSError) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.errno, number)
        return caught.exception


class _Tap(unittest.TestResult):
    """A line for each test, the reason below those that fail."""

    count = 0

    def _line(self, test, word, note=''):
        self.count += 1
        program, _, name = test.id().rpartition('.test_')
        program = program.rpartition('.')[2].lower()
        print(f'{word} {self.count} {program}: {name.replace("_", " ")}{note}',
              flush=True)

    def addSuccess(self, test):
        self._line(test, 'ok')

    def addSkip(self, test, reason):
        self._line(test, 'ok', f' # SKIP {reason}')

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._line(test, 'not ok')
        for line in ''.join(traceback.format_exception(*error)).splitlines():
            print(f'# {line}')

    addError = addFailure


def main(*classes):
    """Runs the tests of the classes, in the order in which they stand."""
    loader = unittest.TestLoader()
    loader.sortTestMethodsUsing = None
    suite = unittest.TestSuite(
        cls(name) for cls in classes for name in vars(cls)
        if name.startswith('test_'))
    print(f'TAP version 13\n1..{suite.countTestCases()}')
    result = _Tap()
    suite.run(result)
    sys.exit(not result.wasSuccessful())
