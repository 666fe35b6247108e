# Works on a mount with as many kinds of system call as reach a FUSE daemon. Names that must not be cached get looked up once only.
import ctypes, ctypes.util, errno, fcntl, os, struct, sys

os.chdir(sys.argv[1])
libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)


def allowed(call, *errors):
    """Some calls may be refused here; what counts is that they were asked."""
    try:
        return call()
    except OSError as refused:
        if refused.errno not in errors:
            raise


for i in range(6):
    os.mkdir(f"directory-{i}", 0o750)
    with open(f"directory-{i}/file", "wb") as file:
        file.write(bytes(range(256)) * (1 + i * 13))
        file.flush()
        os.fsync(file.fileno())
    os.chmod(f"directory-{i}/file", 0o4644)
    os.chown(f"directory-{i}/file", 1000 + i, 1000)
    os.utime(f"directory-{i}/file", ns=(i * 10**9 + 5, -5))
    os.truncate(f"directory-{i}/file", 100 + 5000 * i)
    os.symlink("target/" * (i + 1), f"directory-{i}/symlink")
    os.readlink(f"directory-{i}/symlink")
    os.link(f"directory-{i}/file", f"directory-{i}/hard link {'x' * (i * 40)}")
    os.setxattr(f"directory-{i}/file", f"user.name{i}", b"value" * (i * 50 + 1))
    os.getxattr(f"directory-{i}/file", f"user.name{i}")
    os.listxattr(f"directory-{i}/file")
    os.mkfifo(f"directory-{i}/fifo")
    os.rename(f"directory-{i}/fifo", f"directory-{i}/renamed")
    allowed(lambda: os.stat(f"nothing-{i}"), errno.ENOENT)
    descriptor = os.open(f"directory-{i}/file", os.O_RDWR | os.O_APPEND)
    os.write(descriptor, b"appended")
    os.pread(descriptor, 50, 20 * i)
    allowed(lambda: os.lseek(descriptor, i, os.SEEK_DATA), errno.ENXIO)
    allowed(lambda: os.lseek(descriptor, i, os.SEEK_HOLE), errno.ENXIO)
    libc.fallocate(descriptor, i % 4, ctypes.c_long(4096 * i), ctypes.c_long(4096 * (i + 1)))
    other = os.open(f"directory-{i}/copy", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    allowed(lambda: os.copy_file_range(descriptor, other, 64 + i, 0, 0), errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EBADF)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, i)
    flags = bytearray(4)
    allowed(lambda: fcntl.ioctl(descriptor, 0x80086601, flags), errno.ENOTTY)
    allowed(lambda: fcntl.ioctl(descriptor, 0x40086602, struct.pack("I", 0x40)), errno.ENOTTY, errno.EOPNOTSUPP)
    allowed(lambda: fcntl.ioctl(descriptor, 0x801C581F, bytearray(28)), errno.ENOTTY)
    os.close(other)
    os.close(descriptor)
    allowed(lambda: os.close(os.open(f"directory-{i}", os.O_TMPFILE | os.O_RDWR, 0o600)), errno.EOPNOTSUPP)
    os.statvfs(".")
    os.access(f"directory-{i}", os.R_OK)
    libc.statx(-100, f"directory-{i}/file".encode(), 0, 0x800, ctypes.create_string_buffer(256))  # The time of making: no other call asks for it.
    directory = os.open(f"directory-{i}", os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
    for entry in os.scandir(f"directory-{i}"):
        entry.stat(follow_symlinks=False)
    os.removexattr(f"directory-{i}/file", f"user.name{i}")
libc.renameat2(-100, b"directory-0/file", -100, b"directory-1/file", 2)
libc.renameat2(-100, b"directory-2/file", -100, b"directory-3/file", 1)
for i in range(6):
    for name in os.listdir(f"directory-{i}"):
        os.unlink(f"directory-{i}/{name}")
    os.rmdir(f"directory-{i}")
