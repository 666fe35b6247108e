// What a FUSE round trip costs over /dev/fuse and over io_uring: forced getattr of a mount's root by one program that waits for each answer (docs/adr/0007-io-uring.md).
//
//     cc -O2 -o /tmp/transports transports.c
//     echo Y > /sys/module/fuse/parameters/enable_uring      # for the modes of io_uring
//     /tmp/transports dev|dev-spin|uring|uring-coop|uring-defer|uring-spin|uring-coop-spin|uring-defer-spin [COUNT]
//
// Modes: spin looks again and again and never sleeps; coop and defer are IORING_SETUP_COOP_TASKRUN and IORING_SETUP_DEFER_TASKRUN. Needs root. Structures are those of
// linux/fuse.h (7.45) and linux/io_uring.h.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct in_header { uint32_t len, opcode; uint64_t unique, nodeid; uint32_t uid, gid, pid; uint16_t ext, pad; };
struct out_header { uint32_t len; int32_t error; uint64_t unique; };
struct attr { uint64_t ino, size, blocks, atime, mtime, ctime; uint32_t an, mn, cn, mode, nlink, uid, gid, rdev, blksize, flags; };
struct attr_out { uint64_t valid; uint32_t valid_nsec, dummy; struct attr attr; };
struct init_in { uint32_t major, minor, max_readahead, flags, flags2, unused[11]; };
struct init_out { uint32_t major, minor, max_readahead, flags; uint16_t max_background, congestion; uint32_t max_write, time_gran; uint16_t max_pages, map_alignment; uint32_t flags2, max_stack; uint16_t timeout; uint16_t unused[11]; };
struct ent_in_out { uint64_t flags, commit_id; uint32_t payload_sz, padding; uint64_t reserved; };
struct req_header { char in_out[128]; char op_in[128]; struct ent_in_out ent; };
struct cmd_req { uint64_t flags, commit_id; uint16_t qid; uint8_t padding[6]; };

enum { INIT = 26, GETATTR = 3, STATX = 52, FORGET = 2, INTERRUPT = 36, BATCH_FORGET = 42, DESTROY = 38 };
#define INIT_EXT (1u << 30)
#define OVER_URING (1u << 9)
#define MAX_PAGES_FLAG (1u << 22)

// io_uring's kernel interface (linux/io_uring.h).
struct sqe { uint8_t opcode, flags; uint16_t ioprio; int32_t fd; uint32_t cmd_op, pad1; uint64_t addr; uint32_t len, cmd_flags; uint64_t user_data; uint16_t buf; uint16_t pers; uint32_t splice; uint8_t cmd[80]; };
struct cqe { uint64_t user_data; int32_t res; uint32_t flags; };
struct sq_off { uint32_t head, tail, mask, entries, flags, dropped, array, resv; uint64_t user; };
struct cq_off { uint32_t head, tail, mask, entries, overflow, cqes, flags, resv; uint64_t user; };
struct params { uint32_t sq_entries, cq_entries, flags, cpu, idle, features, wq_fd, resv[3]; struct sq_off sq; struct cq_off cq; };
enum { SETUP_SQE128 = 1 << 10, SETUP_SINGLE = 1 << 12, SETUP_DEFER = 1 << 13, SETUP_COOP = 1 << 8, ENTER_GETEVENTS = 1, OP_CMD = 46, REGISTER = 1, COMMIT = 2 };

static int device, spin;
static char place[] = "/tmp/fuse-transports-XXXXXX";

static void fail(const char *what) { perror(what); exit(1); }

static int answer(struct in_header *in, void *arg, struct out_header *out, void *payload, int uring)
{
    memset(out, 0, sizeof *out);
    out->unique = in->unique;
    int size = 0;
    if (in->opcode == INIT) {
        struct init_in *init = arg;
        struct init_out reply = { .major = 7, .minor = init->minor < 45 ? init->minor : 45, .max_readahead = 131072, .flags = INIT_EXT | MAX_PAGES_FLAG,
            .max_background = 12, .congestion = 9, .max_write = 131072, .time_gran = 1, .max_pages = 32, .flags2 = uring ? OVER_URING : 0 };
        memcpy(payload, &reply, size = sizeof reply);
        if (uring && !(init->flags2 & OVER_URING)) { fprintf(stderr, "the kernel does not offer io_uring\n"); exit(2); }
    } else if (in->opcode == GETATTR) {
        struct attr_out reply = { .attr = { .ino = 1, .mode = S_IFDIR | 0755, .nlink = 2, .blksize = 4096 } };
        memcpy(payload, &reply, size = sizeof reply);
    } else {
        out->error = -ENOSYS;
    }
    out->len = sizeof *out + size;
    return size;
}

static int serve_once(int uring, int nonblock)
{
    static char in[1 << 20];
    ssize_t length = read(device, in, sizeof in);
    if (length < 0) return errno == EAGAIN || errno == EINTR || errno == ENOENT ? 0 : -1;
    struct in_header *header = (void *)in;
    if (header->opcode == FORGET || header->opcode == BATCH_FORGET || header->opcode == INTERRUPT) return 1;
    char out[4096];
    answer(header, header + 1, (void *)out, out + sizeof(struct out_header), uring);
    if (write(device, out, ((struct out_header *)out)->len) < 0 && errno != ENOENT) perror("write");
    return header->opcode == INIT ? 2 : 1;
}

static void serve_device(void)
{
    if (spin) fcntl(device, F_SETFL, O_NONBLOCK);
    for (;;) {
        int done = serve_once(0, spin);
        if (done < 0) return;
    }
}

static struct { uint32_t *head, *tail, mask, *array; struct sqe *sqes; uint32_t *chead, *ctail, cmask; struct cqe *cqes; int fd; uint32_t pending; } ring;

static struct sqe *next_sqe(void)
{
    uint32_t tail = *ring.tail, index = tail & ring.mask;
    struct sqe *sqe = &ring.sqes[index];
    memset(sqe, 0, sizeof *sqe);
    ring.array[index] = index;
    atomic_store_explicit((_Atomic uint32_t *)ring.tail, tail + 1, memory_order_release);
    ring.pending++;
    return sqe;
}

static void serve_ring(int queues, uint32_t setup)
{
    struct params p = { .flags = SETUP_SQE128 | setup };
    ring.fd = syscall(SYS_io_uring_setup, 64, &p);
    if (ring.fd < 0) fail("io_uring_setup");
    char *sq = mmap(0, p.sq.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, 0);
    char *cq = mmap(0, p.cq.cqes + p.cq_entries * sizeof(struct cqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, 0x8000000);
    ring.sqes = mmap(0, p.sq_entries * sizeof(struct sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, 0x10000000);
    if (sq == MAP_FAILED || cq == MAP_FAILED || ring.sqes == MAP_FAILED) fail("mmap");
    ring.head = (void *)(sq + p.sq.head); ring.tail = (void *)(sq + p.sq.tail); ring.mask = *(uint32_t *)(sq + p.sq.mask); ring.array = (void *)(sq + p.sq.array);
    ring.chead = (void *)(cq + p.cq.head); ring.ctail = (void *)(cq + p.cq.tail); ring.cmask = *(uint32_t *)(cq + p.cq.mask); ring.cqes = (void *)(cq + p.cq.cqes);
    struct req_header *headers = aligned_alloc(4096, (queues * sizeof(struct req_header) + 4095) & ~4095ul);
    char *payloads = aligned_alloc(4096, queues * (1 << 20));
    static struct iovec vectors[256][2];
    for (int i = 0; i < queues; i++) {
        vectors[i][0] = (struct iovec){ &headers[i], sizeof headers[i] };
        vectors[i][1] = (struct iovec){ payloads + i * (1 << 20), 1 << 20 };
        struct sqe *sqe = next_sqe();
        sqe->opcode = OP_CMD; sqe->fd = device; sqe->cmd_op = REGISTER; sqe->addr = (uintptr_t)vectors[i]; sqe->len = 2; sqe->user_data = i;
        ((struct cmd_req *)sqe->cmd)->qid = i;
    }
    for (;;) {
        int submitted = syscall(SYS_io_uring_enter, ring.fd, ring.pending, spin ? 0 : 1, ENTER_GETEVENTS, 0, 0);
        if (submitted < 0) { if (errno != EINTR) fail("io_uring_enter"); } else ring.pending -= submitted;
        uint32_t head = *ring.chead;
        while (head != atomic_load_explicit((_Atomic uint32_t *)ring.ctail, memory_order_acquire)) {
            struct cqe *cqe = &ring.cqes[head++ & ring.cmask];
            int i = cqe->user_data;
            if (cqe->res < 0) { if (cqe->res != -ENOTCONN) fprintf(stderr, "cqe %d: %s\n", i, strerror(-cqe->res)); rmdir(place); exit(0); }
            struct req_header *h = &headers[i];
            struct in_header in = *(struct in_header *)h->in_out;
            uint64_t commit = h->ent.commit_id;
            h->ent.payload_sz = answer(&in, h->op_in, (void *)h->in_out, payloads + i * (1 << 20), 1);
            struct sqe *sqe = next_sqe();
            sqe->opcode = OP_CMD; sqe->fd = device; sqe->cmd_op = COMMIT; sqe->user_data = i;
            struct cmd_req *req = (void *)sqe->cmd;
            req->commit_id = commit; req->qid = i;
        }
        atomic_store_explicit((_Atomic uint32_t *)ring.chead, head, memory_order_release);
    }
}

static int compare(const void *a, const void *b) { return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : *(const uint32_t *)a > *(const uint32_t *)b; }

static void ask(int count)
{
    uint32_t *took = malloc(count * 4);
    struct statx answer;
    int fd = open(place, O_PATH);
    if (fd < 0) fail("open");
    for (int i = 0; i < count; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &answer)) fail("statx");
        clock_gettime(CLOCK_MONOTONIC, &b);
        took[i] = (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec;
    }
    qsort(took, count, 4, compare);
    printf("p10 %.1f  p50 %.1f  p90 %.1f us\n", took[count / 10] / 1e3, took[count / 2] / 1e3, took[count * 9 / 10] / 1e3); fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc < 2) { fprintf(stderr, "usage: transports MODE [COUNT]\n"); return 2; }
    const char *mode = argv[1];
    int count = argc > 2 ? atoi(argv[2]) : 20000;
    int uring = strncmp(mode, "uring", 5) == 0;
    spin = strstr(mode, "spin") != NULL;
    uint32_t setup = strstr(mode, "defer") ? SETUP_SINGLE | SETUP_DEFER : strstr(mode, "coop") ? SETUP_COOP : 0;
    if (!mkdtemp(place)) fail("mkdtemp");
    device = open("/dev/fuse", O_RDWR);
    char options[200];
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
    if (mount("transports", place, "fuse.transports", MS_NOSUID | MS_NODEV, options)) fail("mount");
    int child = fork();
    if (child == 0) { usleep(200000); ask(count / 10); ask(count); umount2(place, MNT_DETACH); _exit(0); }
    while (serve_once(uring, 0) != 2) { }
    FILE *possible = fopen("/sys/devices/system/cpu/possible", "r");
    int first = 0, last = 0;
    if (fscanf(possible, "%d-%d", &first, &last) < 2) last = first;
    if (uring) serve_ring(last + 1, setup); else serve_device();
    waitpid(child, 0, 0);
    rmdir(place);
    return 0;
}
