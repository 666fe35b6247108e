"""What is measured. A scenario makes what it needs in an empty directory and yields its rows; seconds an operation, or a MiB, or the whole."""
import json
import mmap
import os
import random
import shutil
import sqlite3
import subprocess
import time

from .tools import MIB, drop_caches, run


class Scenario:
    """One subject's turn at one scenario."""

    rows = ()

    def __init__(self, subject, sizes):
        self.subject, self.sizes = subject, sizes
        self.work = os.path.join(subject.place, type(self).__name__)
        self.page = os.urandom(4096)
        self.random = random.Random(7)
        self.measured = {}

    def run(self):
        os.mkdir(self.work)
        try:
            self.measure()
        finally:
            shutil.rmtree(self.work, ignore_errors=True)
        return self.measured

    def cold(self):
        """A fresh mount and empty caches."""
        self.subject.unmount()
        drop_caches()
        self.subject.mount()

    @classmethod
    def rows_of(cls, subject):
        """The rows that the subject can run at all."""
        return [row for row in cls.rows if not any(word in row for word in subject.refuses)]

    def time(self, row, count, action):
        if row not in self.rows_of(self.subject):
            return
        start = time.perf_counter()
        action()
        self.measured[row] = (time.perf_counter() - start) / count

    def write_file(self, name, size):
        block = self.random.randbytes(MIB)
        fd = os.open(f"{self.work}/{name}", os.O_CREAT | os.O_WRONLY)
        for _ in range(size // MIB):
            os.write(fd, block)
        os.fsync(fd)
        os.close(fd)


class Sequential(Scenario):
    rows = ("write, per MiB", "write + fsync, per MiB", "direct write, per MiB", "read, cold, per MiB", "direct read, per MiB")

    def measure(self):
        size = self.sizes["big_mib"]
        self.time(self.rows[0], size, lambda: self.write("a", size, os.O_CREAT, sync=False))
        os.unlink(self.work + "/a")
        self.time(self.rows[1], size, lambda: self.write("a", size, os.O_CREAT, sync=True))
        self.time(self.rows[2], size, lambda: self.write("b", size, os.O_CREAT | os.O_DIRECT, sync=True))
        self.cold()
        self.time(self.rows[3], size, lambda: self.read("a", 0))
        self.cold()
        self.time(self.rows[4], size, lambda: self.read("a", os.O_DIRECT))

    def write(self, name, size, flags, sync):
        buffer = mmap.mmap(-1, MIB)
        buffer.write(self.random.randbytes(MIB))
        fd = os.open(f"{self.work}/{name}", os.O_WRONLY | flags)
        for _ in range(size):
            os.writev(fd, [buffer])
        if sync:
            os.fsync(fd)
        os.close(fd)

    def read(self, name, flags):
        buffer = mmap.mmap(-1, MIB)
        fd = os.open(f"{self.work}/{name}", os.O_RDONLY | flags)
        while os.readv(fd, [buffer]):
            pass
        os.close(fd)


class Random(Scenario):
    """fio decides offsets and queue depths; each job a fixed number of operations."""

    rows = (
        "4 KiB direct read", "4 KiB direct read, depth 16", "4 KiB buffered read, cold",
        "4 KiB buffered write, one fsync", "4 KiB direct write", "4 KiB direct write, depth 16")

    def measure(self):
        self.write_file("big", self.sizes["big_mib"] * MIB)
        for row, options in zip(self.rows, (
                ("randread", 1, 1), ("randread", 1, 16), ("randread", 0, 1), ("randwrite", 0, 1), ("randwrite", 1, 1), ("randwrite", 1, 16))):
            if row in self.rows_of(self.subject):
                self.cold()
                self.measured[row] = self.fio(*options)

    def fio(self, what, direct, depth):
        count = self.sizes["random"] * (2 if depth > 1 else 1)
        engine = ["--ioengine=psync"] if depth == 1 else ["--ioengine=libaio", f"--iodepth={depth}"]
        end = ["--end_fsync=1"] if what == "randwrite" else []
        text = run(
            "fio", "--name=job", f"--filename={self.work}/big", f"--rw={what}", "--bs=4k", f"--direct={direct}", f"--size={self.sizes['big_mib']}m",
            f"--number_ios={count}", "--randseed=7", "--norandommap", "--randrepeat=1", "--invalidate=0", "--output-format=json", *engine, *end)
        # fio may say something before its JSON.
        job = json.loads(text[text.index("{"):])["jobs"][0]
        return job["job_runtime"] / 1000 / count


class Append(Scenario):
    """A daemon just started, and one that has run for a moment."""

    rows = ("4 KiB append + fdatasync, first thousand", "4 KiB append + fdatasync")
    first = 1000

    def measure(self):
        fd = os.open(self.work + "/log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for row, count in zip(self.rows, (self.first, self.sizes["appends"])):
            self.time(row, count, lambda times=count: self.append(fd, times))
        os.close(fd)

    def append(self, fd, times):
        for _ in range(times):
            os.write(fd, self.page)
            os.fdatasync(fd)


class SmallFiles(Scenario):
    rows = (
        "create 4 KiB file", "stat, cold", "open-read-close, cold", "rename", "unlink",
        "create in many directories", "create by 4 processes", "stat by 4 processes, cold", "unlink by 4 processes")
    processes = 4

    def measure(self):
        files = range(self.sizes["files"])
        self.time(self.rows[0], len(files), lambda: self.create(files, self.flat))
        self.cold()
        self.time(self.rows[1], len(files), lambda: [os.stat(self.flat(i)) for i in files])
        self.cold()
        self.time(self.rows[2], len(files), lambda: self.read(files))
        self.time(self.rows[3], len(files), lambda: [os.rename(self.flat(i), self.flat(i) + "x") for i in files])
        self.time(self.rows[4], len(files), lambda: [os.unlink(self.flat(i) + "x") for i in files])
        for folder in range(100):
            os.mkdir(f"{self.work}/d{folder}")
        self.time(self.rows[5], len(files), lambda: self.create(files, self.deep))
        self.time(self.rows[6], len(files), lambda: self.split(lambda part: self.create(part, self.flat)))
        self.cold()
        self.time(self.rows[7], len(files), lambda: self.split(lambda part: [os.stat(self.flat(i)) for i in part]))
        self.time(self.rows[8], len(files), lambda: self.split(lambda part: [os.unlink(self.flat(i)) for i in part]))

    def flat(self, number):
        return f"{self.work}/f{number}"

    def deep(self, number):
        return f"{self.work}/d{number % 100}/f{number}"

    def create(self, files, path):
        for i in files:
            fd = os.open(path(i), os.O_CREAT | os.O_WRONLY)
            os.write(fd, self.page)
            os.close(fd)

    def read(self, files):
        for i in files:
            fd = os.open(self.flat(i), os.O_RDONLY)
            os.read(fd, 8192)
            os.close(fd)

    def split(self, action):
        """Processes, not threads: Python's threads would wait for each other, not for the file system."""
        files = range(self.sizes["files"])
        children = []
        for number in range(self.processes):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    action(files[number::self.processes])
                    code = 0
                finally:
                    os._exit(code)
            children.append(pid)
        if any(os.waitpid(pid, 0)[1] != 0 for pid in children):
            raise RuntimeError("a process failed")


class Listing(Scenario):
    rows = ("list with attributes, cold, per entry", "list with attributes, warm, per entry")

    def measure(self):
        count = min(self.sizes["entries"], self.subject.most_entries)
        for i in range(count):
            os.close(os.open(f"{self.work}/entry{i}", os.O_CREAT | os.O_WRONLY))
        self.cold()
        self.time(self.rows[0], count, self.list)
        self.time(self.rows[1], count, self.list)

    def list(self):
        with os.scandir(self.work) as entries:
            for entry in entries:
                entry.stat(follow_symlinks=False)


class Tree(Scenario):
    rows = ("untar a source tree", "grep -r, cold", "git add", "git status, cold", "git status, warm", "compile", "rm -rf")

    def measure(self):
        part = self.sizes["tree_part"]
        tree = self.work + "/tree"
        os.mkdir(tree)
        if self.rows[0] in self.rows_of(self.subject):
            self.time(self.rows[0], part, lambda: run("tar", "xf", self.sizes["archive"], "-C", tree))
        else:
            run("tar", "xmf", self.sizes["archive"], "-C", tree)
        self.cold()
        self.time(self.rows[1], part, lambda: subprocess.run(["grep", "-r", "no such words", tree], capture_output=True, check=False))
        run("git", "init", "-q", tree)
        self.time(self.rows[2], part, lambda: self.git("add", "-A"))
        self.cold()
        self.time(self.rows[3], part, lambda: self.git("status", "--short"))
        self.time(self.rows[4], part, lambda: self.git("status", "--short"))
        self.time(self.rows[5], 1, lambda: run("make", "-s", "-j2", "-C", tree + "/program"))
        self.time(self.rows[6], part, lambda: run("rm", "-rf", tree))

    def git(self, *arguments):
        run("git", "-c", "core.fsync=none", "-c", "gc.auto=0", "-c", "safe.directory=*", "-C", self.work + "/tree", *arguments)


class Sqlite(Scenario):
    rows = ("SQLite insert, a commit each",)

    def measure(self):
        database = sqlite3.connect(self.work + "/db", isolation_level=None)
        database.execute("create table t (i integer primary key, text)")
        self.time(self.rows[0], self.sizes["commits"], lambda: self.insert(database))
        database.close()

    def insert(self, database):
        for i in range(self.sizes["commits"]):
            database.execute("insert into t values (?, ?)", (i, "x" * 100))


class Pgbench(Scenario):
    """PostgreSQL with its data on the subject; its server runs as an ordinary user, so the subject must let others in."""

    rows = ("pgbench transaction",)
    needs_other_users = True

    def measure(self):
        programs = self.sizes["postgres"]
        data, socket = self.work + "/data", self.sizes["sockets"]
        run("chown", "postgres", self.work)
        as_postgres = ("setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "env", "LC_ALL=C")
        run(*as_postgres, programs + "/initdb", "-D", data, "-A", "trust")
        run(*as_postgres, programs + "/pg_ctl", "-D", data, "-w", "-l", self.work + "/log", "-o", f"-k {socket} -c listen_addresses=''", "start")
        try:
            run(*as_postgres, programs + "/pgbench", "-h", socket, "-i", "-q", "-s", "5", "postgres")
            count = self.sizes["transactions"]
            self.time(self.rows[0], count, lambda: run(*as_postgres, programs + "/pgbench", "-h", socket, "-n", "-t", str(count), "postgres"))
        finally:
            run(*as_postgres, programs + "/pg_ctl", "-D", data, "-w", "-m", "fast", "stop")


ALL = (Sequential, Random, Append, SmallFiles, Listing, Tree, Sqlite, Pgbench)
