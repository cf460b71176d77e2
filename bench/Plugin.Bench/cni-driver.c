/*
 * Executes a CNI plugin for many pods, so many at a time, as a container runtime would, and tells what each call took:
 * per call, in the order of their ends, "EXIT-CODE WALL CPU END": from exec to exit, user and system time of the process (wait4(2)) and
 * since the first start, all in microseconds.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct call { pid_t pid; long started; };

static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static long microseconds(struct timeval t)
{
    return t.tv_sec * 1000000L + t.tv_usec;
}

static pid_t start(const char *command, const char *plugin, int conf, int out, int pod)
{
    char what[32], id[32], netns[64], args[192];
    snprintf(what, sizeof what, "CNI_COMMAND=%s", command);
    snprintf(id, sizeof id, "CNI_CONTAINERID=cid%d", pod);
    snprintf(netns, sizeof netns, "CNI_NETNS=/var/run/netns/bp%d", pod);
    snprintf(args, sizeof args, "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=pod%d;K8S_POD_INFRA_CONTAINER_ID=cid%d", pod, pod);
    char *env[] = { what, id, netns, "CNI_IFNAME=eth0", args, "CNI_PATH=/opt/cni/bin", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
    char *argv[] = { (char *)plugin, NULL };

    pid_t pid = vfork();
    if (pid == 0) {
        dup2(conf, 0);
        dup2(out, 1);
        dup2(out, 2);
        execve(plugin, argv, env);
        _exit(127);
    }
    return pid;
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: cni-driver COMMAND PLUGIN CONFIGURATION OUTPUT FIRST COUNT AT-ONCE    for namespaces bpFIRST and on\n");
        return 2;
    }
    const char *command = argv[1], *plugin = argv[2], *path = argv[3];
    int out = open(argv[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int first = atoi(argv[5]), count = atoi(argv[6]), most = atoi(argv[7]);
    if (out < 0) {
        perror(argv[4]);
        return 2;
    }

    struct call *calls = calloc(count, sizeof *calls);
    long begun = now();
    for (int started = 0, ended = 0; ended < count;) {
        if (started < count && started - ended < most) {
            int conf = open(path, O_RDONLY | O_CLOEXEC); /* its own offset for each */
            if (conf < 0) {
                perror(path);
                return 2;
            }
            calls[started].started = now();
            calls[started].pid = start(command, plugin, conf, out, first + started);
            started++;
            close(conf);
            continue;
        }
        int status;
        struct rusage used;
        pid_t pid = wait4(-1, &status, 0, &used);
        long end = now();
        int which = 0;
        while (calls[which].pid != pid)
            which++;
        ended++;
        printf("%d %ld %ld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            end - calls[which].started, microseconds(used.ru_utime) + microseconds(used.ru_stime), end - begun);
    }
    return 0;
}
