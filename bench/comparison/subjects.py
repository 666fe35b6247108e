"""What is compared: each is made in a directory of the same native file system and mounted with its defaults."""
import glob
import os
import shutil
import subprocess
import sys
import time

from .tools import install, run

HERE = os.path.dirname(os.path.abspath(__file__))
TESSERA = os.path.join(HERE, "..", "..", "tessera")
PASSPHRASE = "a passphrase for benchmarks"
DURABLE = "fsync reaches the disk"

# Filled with noise when it is made; twice the largest files of a full run, and half empty then.
SCATTERED_SIZE = "6G"


class Native:
    """The file system that all others lie on."""

    name = "native"
    durability = DURABLE
    slow = False
    others = False
    refuses = ()
    most_entries = sys.maxsize

    def __init__(self, base):
        self.place = os.path.join(base, "native")
        os.makedirs(self.place)

    @classmethod
    def prepare(cls, cache):
        """Installs what is needed; its version."""
        return run("uname", "-r").strip()

    def mount(self):
        pass

    def unmount(self):
        pass

    def abandon(self):
        pass


class Mounted:
    """A file system in user space over a store of its own."""

    durability = DURABLE
    slow = False

    # Users other than the one who mounts may enter: for servers that do not run as root.
    others = False

    # Words of rows that it refuses to run.
    refuses = ()

    # Entries of a directory that it can list.
    most_entries = sys.maxsize

    def __init__(self, base):
        self.store = os.path.join(base, self.name + ".store")
        self.place = os.path.join(base, self.name)
        self.secret = os.path.join(base, self.name + ".pass")
        os.makedirs(self.place)
        with open(self.secret, "w", encoding="ascii") as file:
            file.write(PASSPHRASE + "\n")
        self.create()

    def unmount(self):
        for _ in range(100):
            if subprocess.run(["umount", self.place], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{self.place} stays busy")
        self.wait_gone()

    def abandon(self):
        """Detaches the mount whatever uses it."""
        subprocess.run(["umount", "-l", self.place], capture_output=True, check=False)

    def wait_gone(self):
        """Its process has ended, so that what it holds back is written."""
        for _ in range(200):
            if subprocess.run(["pgrep", "-f", f"{self.program} .*{self.place}"], capture_output=True, check=False).returncode != 0:
                return
            time.sleep(0.05)

    def wait_mounted(self):
        for _ in range(200):
            if os.path.ismount(self.place):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not mount")


class Tessera(Mounted):
    name = "tessera"
    profile = "sealed"

    @classmethod
    def prepare(cls, cache):
        return run(TESSERA, "--version").split()[-1]

    def create(self):
        run(TESSERA, "init", self.store, "--profile", self.profile, *self.secrets())

    def secrets(self):
        return ["--passphrase-file", self.secret]

    def mount(self):
        run(TESSERA, "mount", self.store, self.place, *self.secrets(), *(["-o", "allow_other"] if self.others else []))

    def unmount(self):
        run(TESSERA, "umount", self.place)


class TesseraPlain(Tessera):
    name = "tessera-plain"
    profile = "plain"

    def secrets(self):
        return []


class TesseraScattered(Tessera):
    """A file of noise, with as many decoys as there are by default: one beside each slot that is written."""

    name = "tessera-scattered"
    profile = "scattered"
    decoys = 1

    def create(self):
        run(TESSERA, "init", self.store, "--profile", self.profile, "--size", SCATTERED_SIZE, *self.secrets())

    def mount(self):
        options = [f"decoys={self.decoys}"] + (["allow_other"] if self.others else [])
        run(TESSERA, "mount", self.store, self.place, *self.secrets(), "-o", ",".join(options))


class TesseraScatteredBare(TesseraScattered):
    name = "tessera-scattered-0"
    decoys = 0


class TesseraParity(TesseraScattered):
    """With parity: of ten slots two may be lost. No decoys, so that the cost of parity stands alone."""

    name = "tessera-parity"
    decoys = 0

    def create(self):
        run(TESSERA, "init", self.store, "--profile", self.profile, "--size", SCATTERED_SIZE, "--parity", "8+2", *self.secrets())


class TesseraDirectory(Tessera):
    """A directory served as it is, with passthrough."""

    name = "tessera-dir"

    def create(self):
        os.mkdir(self.store)

    def mount(self):
        run(TESSERA, "mount", "dir:" + self.store, self.place, *(["-o", "allow_other"] if self.others else []))


class Gocryptfs(Mounted):
    name = "gocryptfs"
    program = "gocryptfs"

    @classmethod
    def prepare(cls, cache):
        if not shutil.which("gocryptfs"):
            install("gocryptfs")
        return run("gocryptfs", "-version").split(";")[0].split()[-1]

    def create(self):
        os.mkdir(self.store)
        run("gocryptfs", "-q", "-init", "-passfile", self.secret, self.store)

    def mount(self):
        run("gocryptfs", "-q", "-passfile", self.secret, *(["-allow_other"] if self.others else []), self.store, self.place)


class Securefs(Mounted):
    name = "securefs"
    refuses = ("direct", "pgbench")  # It has no O_DIRECT, and what another user creates is root's.
    program = "securefs"

    @classmethod
    def prepare(cls, cache):
        if not shutil.which("securefs"):
            install("securefs")
        return run("dpkg-query", "-W", "-f", "${Version}", "securefs")  # Debian's build does not know its own.

    def create(self):
        os.mkdir(self.store)
        run("securefs", "create", "--keyfile", self.secret, self.store)

    def mount(self):
        run("securefs", "mount", "-b", "--keyfile", self.secret, *(["-o", "allow_other"] if self.others else []), self.store, self.place)
        self.wait_mounted()


class CryFs(Mounted):
    name = "cryfs"
    program = "cryfs"
    durability = "fsync does not reach the disk"
    slow = True

    @classmethod
    def prepare(cls, cache):
        if not shutil.which("cryfs"):
            install("cryfs")
        return run("cryfs", "--version", env=cls.environment()).split()[2]

    @staticmethod
    def environment():
        return dict(os.environ, CRYFS_FRONTEND="noninteractive", CRYFS_NO_UPDATE_CHECK="true")

    def create(self):
        os.mkdir(self.store)

    def mount(self):
        others = ["-o", "allow_other"] if self.others else []
        result = subprocess.run(["cryfs", self.store, self.place, *others], input=PASSPHRASE.encode(), capture_output=True, check=False, env=self.environment())
        if result.returncode != 0:
            raise RuntimeError(result.stdout.decode() + result.stderr.decode())
        self.wait_mounted()


class PassthroughHp(Mounted):
    """libfuse's own example of a fast file system in C++, without encryption, open to all users: built from Debian's source package."""

    name = "passthrough_hp"
    refuses = ("direct write", "untar", "pgbench")  # It hands on O_DIRECT unaligned, has no utimensat, and refuses other users.
    most_entries = 10_000  # It keeps a descriptor for every file that the kernel knows of; 20,000 are a usual limit.
    program = "passthrough_hp"
    binary = None

    @classmethod
    def prepare(cls, cache):
        cls.binary = os.path.join(cache, "passthrough_hp")
        if not os.path.exists(cls.binary):
            cls.build(cache)
        return run("dpkg-query", "-W", "-f", "${Version}", "libfuse3-3")

    @classmethod
    def build(cls, cache):
        install("libfuse3-dev", "g++", "pkg-config", "dpkg-dev")
        sources = os.path.join(cache, "sources")
        os.makedirs(sources, exist_ok=True)
        with open(os.path.join(cache, "apt.sources"), "w", encoding="utf-8") as file:
            for known in glob.glob("/etc/apt/sources.list.d/*.sources"):
                file.write(open(known, encoding="utf-8").read().replace("Types: deb\n", "Types: deb-src\n") + "\n")
        apt = ("-o", f"Dir::Etc::SourceList={cache}/apt.sources", "-o", "Dir::Etc::SourceParts=/dev/null", "-o", f"Dir::State::Lists={cache}/lists")
        os.makedirs(os.path.join(cache, "lists", "partial"), exist_ok=True)
        run("apt-get", *apt, "update")
        run("apt-get", *apt, "source", "--download-only", "-y", "fuse3", cwd=sources)
        run("dpkg-source", "-x", *[os.path.basename(path) for path in glob.glob(sources + "/*.dsc")], "fuse3", cwd=sources)
        flags = run("pkg-config", "--cflags", "--libs", "fuse3").split()
        run("g++", "-O2", "-std=c++17", sources + "/fuse3/example/passthrough_hp.cc", "-I", sources + "/fuse3/include", "-o", cls.binary, *flags, "-lpthread")

    def create(self):
        os.mkdir(self.store)

    def mount(self):
        self.process = subprocess.Popen(
            [self.binary, "--foreground", "--nosplice", self.store, self.place], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_mounted()

    def wait_gone(self):
        self.process.wait(timeout=30)


USUAL = {kind.name: kind for kind in (Native, Tessera, TesseraPlain, TesseraDirectory, Gocryptfs, Securefs, PassthroughHp, CryFs)}

# Those that are measured only when they are named, too.
ALL = {**USUAL, **{kind.name: kind for kind in (TesseraScattered, TesseraScatteredBare, TesseraParity)}}
