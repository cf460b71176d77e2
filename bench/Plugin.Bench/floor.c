/*
 * A plugin without brains: static, no daemon, no configuration, no checks; the fewest kernel messages that give a pod its IPv4 network as
 * aws-cni does. What it takes is the kernel's part, and the ratio to it travels between machines.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char batch[8192];
static int length, sequence;
static struct nlmsghdr *message;

static void *put(int size)
{
    void *at = batch + length;
    memset(at, 0, NLMSG_ALIGN(size));
    length += NLMSG_ALIGN(size);
    return at;
}

static void begin(int type, int flags)
{
    message = put(sizeof *message);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    message->nlmsg_seq = ++sequence;
}

static void end(void)
{
    message->nlmsg_len = batch + length - (char *)message;
}

static void attribute(int type, const void *value, int size)
{
    struct rtattr *a = put(RTA_LENGTH(size));
    a->rta_type = type;
    a->rta_len = RTA_LENGTH(size);
    memcpy(RTA_DATA(a), value, size);
}

static struct rtattr *nest(int type)
{
    struct rtattr *a = put(RTA_LENGTH(0));
    a->rta_type = type;
    return a;
}

static void unnest(struct rtattr *a)
{
    a->rta_len = batch + length - (char *)a;
}

/* Sends what was put together, in one datagram, and reads as many acknowledgements. */
static int flush(int netlink, int messages)
{
    char reply[8192];
    int failed = send(netlink, batch, length, 0) < 0;
    length = 0;
    for (int acks = 0; acks < messages && !failed;) {
        int got = recv(netlink, reply, sizeof reply, 0);
        if (got < 0)
            failed = 1;
        for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
            if (h->nlmsg_type != NLMSG_ERROR)
                continue;
            struct nlmsgerr *e = NLMSG_DATA(h);
            if (e->error) {
                fprintf(stderr, "message %d: %s\n", e->msg.nlmsg_seq, strerror(-e->error));
                failed = 1;
            }
            acks++;
        }
    }
    return failed;
}

static void rule(int type, int flags, const struct in_addr *pod)
{
    int priority = 512;
    begin(type, flags);
    struct fib_rule_hdr *r = put(sizeof *r);
    r->family = AF_INET;
    r->dst_len = 32;
    r->table = RT_TABLE_MAIN;
    r->action = FR_ACT_TO_TBL;
    attribute(FRA_PRIORITY, &priority, sizeof priority);
    attribute(FRA_DST, pod, sizeof *pod);
    end();
}

static void route(const struct in_addr *to, const struct in_addr *gateway, int link)
{
    begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
    struct rtmsg *r = put(sizeof *r);
    r->rtm_family = AF_INET;
    r->rtm_dst_len = to ? 32 : 0;
    r->rtm_table = RT_TABLE_MAIN;
    r->rtm_protocol = RTPROT_BOOT;
    r->rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    r->rtm_type = RTN_UNICAST;
    if (to)
        attribute(RTA_DST, to, sizeof *to);
    if (gateway)
        attribute(RTA_GATEWAY, gateway, sizeof *gateway);
    attribute(RTA_OIF, &link, sizeof link);
    end();
}

static void up(int link)
{
    begin(RTM_NEWLINK, 0);
    struct ifinfomsg *i = put(sizeof *i);
    i->ifi_index = link;
    i->ifi_flags = i->ifi_change = IFF_UP;
    end();
}

static int del(int netlink, const char *veth, const struct in_addr *pod)
{
    rule(RTM_DELRULE, 0, pod);
    begin(RTM_DELLINK, 0); /* the route goes with it */
    put(sizeof(struct ifinfomsg));
    attribute(IFLA_IFNAME, veth, strlen(veth) + 1);
    end();
    return flush(netlink, 2);
}

static int add(int netlink, const char *veth, int id, const char *path, const struct in_addr *pod)
{
    int mtu = 9001, netns = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char host_mac[6] = { 0x0a, 0, 0, id >> 16, id >> 8, id }, pod_mac[6] = { 0x0e, 0, 0, id >> 16, id >> 8, id };
    struct in_addr gateway = { htonl(0xa9fe0101) }; /* 169.254.1.1 */

    begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    struct ifinfomsg *i = put(sizeof *i);
    i->ifi_flags = i->ifi_change = IFF_UP;
    attribute(IFLA_IFNAME, veth, strlen(veth) + 1);
    attribute(IFLA_MTU, &mtu, sizeof mtu);
    attribute(IFLA_ADDRESS, host_mac, sizeof host_mac);
    struct rtattr *info = nest(IFLA_LINKINFO);
    attribute(IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = nest(IFLA_INFO_DATA), *peer = nest(VETH_INFO_PEER);
    put(sizeof(struct ifinfomsg));
    attribute(IFLA_IFNAME, "eth0", 5);
    attribute(IFLA_MTU, &mtu, sizeof mtu);
    attribute(IFLA_ADDRESS, pod_mac, sizeof pod_mac);
    attribute(IFLA_NET_NS_FD, &netns, sizeof netns);
    unnest(peer);
    unnest(data);
    unnest(info);
    end();
    if (flush(netlink, 1))
        return 1;

    route(pod, NULL, if_nametoindex(veth));
    rule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, pod);
    if (flush(netlink, 2) || setns(netns, CLONE_NEWNET))
        return 1;

    int inside = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), link = if_nametoindex("eth0");
    up(link);
    up(1); /* lo */
    begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    struct ifaddrmsg *a = put(sizeof *a);
    a->ifa_family = AF_INET;
    a->ifa_prefixlen = 32;
    a->ifa_index = link;
    attribute(IFA_LOCAL, pod, sizeof *pod);
    attribute(IFA_ADDRESS, pod, sizeof *pod);
    end();
    begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
    struct ndmsg *n = put(sizeof *n);
    n->ndm_family = AF_INET;
    n->ndm_ifindex = link;
    n->ndm_state = NUD_PERMANENT;
    attribute(NDA_DST, &gateway, sizeof gateway);
    attribute(NDA_LLADDR, host_mac, sizeof host_mac);
    end();
    route(&gateway, NULL, link);
    route(NULL, &gateway, link);
    return flush(inside, 6);
}

int main(void)
{
    char configuration[4096], veth[IFNAMSIZ];
    if (read(0, configuration, sizeof configuration) <= 0) /* a plugin has to read it */
        return 1;
    int id = atoi(getenv("CNI_CONTAINERID") + strlen("cid")) + 1;
    struct in_addr pod = { htonl(0xac100000 + id) }; /* 172.16.0.0 and on, which is nobody's here */
    snprintf(veth, sizeof veth, "eni%08x", id * 2654435761u);
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    int failed = strcmp(getenv("CNI_COMMAND"), "DEL") == 0 ? del(netlink, veth, &pod) : add(netlink, veth, id, getenv("CNI_NETNS"), &pod);
    puts("{}");
    return failed;
}
