/* A cable with faults: passes frames between two network interfaces, each way, all of them late and
 * some of them not at all. What tc's netem does, for kernels that do not have it.
 * Usage: link LEFT RIGHT MILLISECONDS LOST-IN-1000 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    /* As large as the kernel hands over a run of segments, with the note on their checksums. */
    FRAME = sizeof(struct virtio_net_hdr) + ETH_HLEN + 65536,
    WAITING = 1024 /* frames under way: more are lost, as in any queue */
};

typedef struct frame {
    int64_t due; /* microseconds */
    int to;
    ssize_t size;
    char bytes[FRAME];
} frame;

static frame frames[WAITING];
static size_t first, count; /* a ring, in order of time: the delay is the same for all */

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void must(int result, const char *what) {
    if (result >= 0) return;
    perror(what);
    exit(2);
}

/* A socket for all frames that come in there, those for other addresses too. */
static int open_end(const char *name) {
    const int end = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), yes = 1;
    must(end, "socket");
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(ETH_P_ALL),
                                        .sll_ifindex = (int)if_nametoindex(name)};
    const struct packet_mreq all = {.mr_ifindex = address.sll_ifindex,
                                    .mr_type = PACKET_MR_PROMISC};
    must(address.sll_ifindex > 0 ? 0 : -1, name);
    must(setsockopt(end, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes), "PACKET_VNET_HDR");
    must(setsockopt(end, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes),
         "PACKET_IGNORE_OUTGOING");
    must(setsockopt(end, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all), "promiscuous mode");
    must(bind(end, (const struct sockaddr *)&address, sizeof address), name);
    return end;
}

static void take(int from, int to, int64_t delay, int lost) {
    static char spilled[FRAME];
    frame *next = &frames[(first + count) % WAITING];
    const ssize_t size = recv(from, count < WAITING ? next->bytes : spilled, FRAME, 0);
    if (size <= 0 || count == WAITING || rand() % 1000 < lost) return;
    next->due = now() + delay;
    next->to = to;
    next->size = size;
    count++;
}

static void pass_on(void) {
    while (count > 0 && frames[first].due <= now()) {
        const frame *f = &frames[first];
        if (send(f->to, f->bytes, (size_t)f->size, 0) < 0) perror("link: send");
        first = (first + 1) % WAITING;
        count--;
    }
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fputs("usage: link LEFT RIGHT MILLISECONDS LOST-IN-1000\n", stderr);
        return 2;
    }
    const int64_t delay = atoi(argv[3]) * 1000;
    const int lost = atoi(argv[4]);
    struct pollfd ends[2] = {{open_end(argv[1]), POLLIN, 0}, {open_end(argv[2]), POLLIN, 0}};
    for (;;) {
        const int64_t left = count > 0 ? frames[first].due - now() : 1000000;
        const struct timespec wait = {left > 0 ? left / 1000000 : 0,
                                      left > 0 ? left % 1000000 * 1000 : 0};
        if (ppoll(ends, 2, &wait, NULL) > 0)
            for (int e = 0; e < 2; e++)
                if (ends[e].revents) take(ends[e].fd, ends[!e].fd, delay, lost);
        pass_on();
    }
}
