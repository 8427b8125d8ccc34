// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of a guest that guest.sh boots.
 *
 * The host shares over virtio-9p:
 *   tag "root"	a whole root file system, read-only: becomes the guest's root
 *   tag "call"	what to run: argv, env, keep, mounts (NUL-terminated strings
 *		each), cwd. keep: directories of the root that stay visible
 *		below fresh ones; mounts: a tag and the directory to mount it
 *		at, read-only, by turns
 *   tag "out"	optional, writable: seen at OUT_DIR
 * The command's stdout and stderr leave byte for byte through the virtio
 * serial port "output". What became of it leaves through the serial line that
 * status=DEVICE of the kernel's command line names, or without it through the
 * virtio serial port "status", as lines: "ready", then "exit STATUS". Nothing
 * else counts as success, so a guest that dies on the way cannot pass for one
 * that finished.
 *
 * Messages of this program go to the kernel log, and so to the console.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define HOST	"/host"		/* the 9p root while it is being furnished */
#define LOWER	"/lower"	/* the same without the tmpfs mounts */
#define OUT_DIR	"/run/ptdesc-out"
#define P9	"trans=virtio,version=9p2000.L,msize=262144,access=any,"

static int status_fd = -1;

static void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	int n = snprintf(line, sizeof(line), "<3>init: ");

	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (fd >= 0) {
		if (write(fd, line, strlen(line)) < 0)
			fd = -1;
		close(fd);
	}
}

static void report(const char *fmt, ...)
{
	va_list ap;

	if (status_fd < 0)
		return;
	va_start(ap, fmt);
	vdprintf(status_fd, fmt, ap);
	va_end(ap);
	tcdrain(status_fd);
}

/* With -no-reboot a reset ends QEMU. Returns never. */
static void leave(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void die(const char *what, const char *on)
{
	say("%s: %s: %s", what, on, strerror(errno));
	report("failed %s %s\n", what, on);
	leave();
}

static void need_mount(const char *dev, const char *dir, const char *type, unsigned long flags, const char *opt)
{
	if (mkdir(dir, 0755) && errno != EEXIST)
		die("mkdir", dir);
	if (mount(dev, dir, type, flags, opt))
		die("mount", dir);
}

/* Mounts where the directory and the kernel's support are there; tests that need the rest say so themselves. */
static void try_mount(const char *type, const char *dir, const char *opt)
{
	if (mount(type, dir, type, 0, opt) && errno != ENOENT && errno != ENODEV && errno != EBUSY)
		say("mount %s: %s", dir, strerror(errno));
}

/* NUL-terminated strings of a file as a NULL-terminated vector. */
static char **strings(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *buf, *p, **v;
	size_t n = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st))
		die("open", path);
	buf = calloc(1, st.st_size + 1);
	v = calloc(st.st_size + 1, sizeof(*v));
	if (!buf || !v)
		die("allocate for", path);
	for (off_t at = 0; at < st.st_size; at += got) {
		got = read(fd, buf + at, st.st_size - at);
		if (got <= 0)
			die("read", path);
	}
	close(fd);
	for (p = buf; p < buf + st.st_size; p += strlen(p) + 1)
		v[n++] = p;
	return v;
}

/* The initrd's /modules is a list of files in load order; empty where 9p is built in. */
static void load_modules(void)
{
	FILE *f = fopen("/modules", "re");
	char path[256];

	if (!f)
		return;
	while (fgets(path, sizeof(path), f)) {
		int fd;

		path[strcspn(path, "\n")] = 0;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			die("load", path);
		close(fd);
	}
	fclose(f);
}

/* The virtio port that the host gave this name; -1: none so far. */
static int open_port(const char *wanted)
{
	static const char class[] = "/sys/class/virtio-ports";
	char path[512], name[32] = "";
	DIR *d = opendir(class);
	struct dirent *e;
	int fd = -1;

	while (d && fd < 0 && (e = readdir(d))) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s/name", class, e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f))
			name[strcspn(name, "\n")] = 0;
		fclose(f);
		if (!strcmp(name, wanted)) {
			snprintf(path, sizeof(path), "/dev/%s", e->d_name);
			fd = open(path, O_WRONLY | O_CLOEXEC);
		}
	}
	if (d)
		closedir(d);
	return fd;
}

/* The kernel learns the ports from the host one by one after it has the device: they may take a moment. */
static int need_port(const char *name)
{
	struct timespec pause = { .tv_nsec = 10000000 };

	for (int i = 0; i < 1000; i++) {
		int fd = open_port(name);

		if (fd >= 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	errno = ENOENT;
	die("open virtio port", name);
	return -1;
}

/* The kernel hands what it does not know of its command line to PID 1 as environment. */
static void open_status(void)
{
	const char *line = getenv("status");
	struct termios t;

	if (!line)
		return;
	status_fd = open(line, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (status_fd < 0)
		die("open", line);
	if (!tcgetattr(status_fd, &t)) {
		cfmakeraw(&t);
		tcsetattr(status_fd, TCSANOW, &t);
	}
}

static void make_dirs(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		mkdir(path, 0755);
		*p = '/';
	}
	mkdir(path, 0755);
}

/* Writable places over the read-only root, and what must be visible below them. */
static void furnish(char **keep, char **mounts)
{
	static const struct { const char *dir, *opt; } fresh[] = {
		{ HOST "/tmp", "mode=1777" },	{ HOST "/run", "mode=0755" },
		{ HOST "/var/tmp", "mode=1777" }, { HOST "/var/log", "mode=0755" },
		{ HOST "/var/lib/redis", "mode=1777" }, { HOST "/root", "mode=0700" },
		{ HOST "/mnt", "mode=0755" },
	};
	char from[4096], to[4096];

	for (size_t i = 0; i < sizeof(fresh) / sizeof(fresh[0]); i++)
		if (mount("tmpfs", fresh[i].dir, "tmpfs", 0, fresh[i].opt) && errno != ENOENT)
			die("mount", fresh[i].dir);
	for (; *keep; keep++) {
		snprintf(from, sizeof(from), LOWER "%s", *keep);
		snprintf(to, sizeof(to), HOST "%s", *keep);
		if (access(to, F_OK))
			make_dirs(to);
		if (mount(from, to, NULL, MS_BIND | MS_REC, NULL))
			die("keep", *keep);
	}
	for (; *mounts; mounts += 2) {
		snprintf(to, sizeof(to), HOST "%s", mounts[1]);
		if (access(to, F_OK))
			make_dirs(to);
		if (mount(mounts[0], to, "9p", MS_RDONLY, P9 "cache=loose"))
			die("mount", mounts[1]);
	}
}

static void switch_root(void)
{
	static const char * const moved[] = { "/dev", "/proc", "/sys" };
	char to[64];

	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		snprintf(to, sizeof(to), HOST "%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL))
			die("move", moved[i]);
	}
	umount2(LOWER, MNT_DETACH);
	if (chdir(HOST) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("switch root to", HOST);
}

static void mount_more(void)
{
	mkdir("/dev/shm", 01777);
	mkdir("/dev/pts", 0755);
	mkdir("/dev/mqueue", 0755);
	try_mount("tmpfs", "/dev/shm", "mode=1777");
	try_mount("devpts", "/dev/pts", "mode=620,ptmxmode=666");
	try_mount("mqueue", "/dev/mqueue", NULL);
	try_mount("debugfs", "/sys/kernel/debug", NULL);
	try_mount("tracefs", "/sys/kernel/tracing", NULL);
	try_mount("securityfs", "/sys/kernel/security", NULL);
	try_mount("cgroup2", "/sys/fs/cgroup", NULL);
	try_mount("bpf", "/sys/fs/bpf", NULL);
	if (symlink("/proc/self/fd", "/dev/fd") || symlink("/proc/self/fd/0", "/dev/stdin") ||
	    symlink("/proc/self/fd/1", "/dev/stdout") || symlink("/proc/self/fd/2", "/dev/stderr"))
		say("links in /dev: %s", strerror(errno));
	mkdir("/run/lock", 01777);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &ifr))
		say("loopback: %s", strerror(errno));
	if (s >= 0)
		close(s);
}

static void write_all(int fd, const char *p, ssize_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno != EINTR && errno != EAGAIN)
			die("write", "virtio port output");
		if (w > 0) {
			p += w;
			n -= w;
		}
	}
}

static pid_t start(char **argv, char **env, const char *cwd, int out)
{
	pid_t pid = fork();
	sigset_t none;
	int in;

	if (pid)
		return pid;
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	in = open("/dev/null", O_RDONLY);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	if (chdir(cwd))
		dprintf(2, "guest: cd %s: %s\n", cwd, strerror(errno));
	else if (execvpe(argv[0], argv, env))
		dprintf(2, "guest: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Passes output on and reaps orphans until the command is done. Returns its status as a shell would. */
static int tend(pid_t command, int from, int to, int sigfd)
{
	struct pollfd p[2] = { { .fd = from, .events = POLLIN }, { .fd = sigfd, .events = POLLIN } };
	static char buf[65536];
	int status = -1;
	ssize_t n = -1;

	for (;;) {
		/*
		 * After the command's end take what is in the pipe, and a bounded amount: daemons that it left may
		 * hold the pipe open for ever, or fill it for ever.
		 */
		for (int i = 0; i < 64 && (n = read(from, buf, sizeof(buf))) > 0; i++)
			write_all(to, buf, n);
		if (status >= 0)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (n == 0)
			p[0].fd = -1;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			die("poll", "pipe");
		if (p[1].revents & POLLIN) {
			struct signalfd_siginfo si;
			int st;
			pid_t pid;

			if (read(sigfd, &si, sizeof(si)) < 0)
				continue;
			while ((pid = waitpid(-1, &st, WNOHANG)) > 0)
				if (pid == command)
					status = st;
		}
	}
}

int main(void)
{
	char **argv, **env, **keep, **mounts, **cwd;
	int pipefd[2], out, sigfd;
	sigset_t chld;
	pid_t pid;

	if (getpid() != 1)
		return 1;
	umask(022);
	need_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	/* The kernel found no /dev/console in the initrd: fill 0 to 2, lest they become something else. */
	while (open("/dev/null", O_RDWR) < 2)
		;
	need_mount("proc", "/proc", "proc", 0, NULL);
	need_mount("sysfs", "/sys", "sysfs", 0, NULL);
	open_status();
	load_modules();
	if (status_fd < 0)
		status_fd = need_port("status");
	need_mount("call", "/call", "9p", MS_RDONLY, P9 "cache=none");
	argv = strings("/call/argv");
	env = strings("/call/env");
	keep = strings("/call/keep");
	mounts = strings("/call/mounts");
	cwd = strings("/call/cwd");
	umount2("/call", MNT_DETACH);
	/* The files are taken as constant while the guest lives: cache=loose saves a round trip per page. */
	need_mount("root", HOST, "9p", MS_RDONLY, P9 "cache=loose");
	need_mount(HOST, LOWER, NULL, MS_BIND, NULL);
	furnish(keep, mounts);
	switch_root();
	mount_more();
	mkdir(OUT_DIR, 0755);
	if (mount("out", OUT_DIR, "9p", 0, P9 "cache=none"))
		rmdir(OUT_DIR);
	loopback_up();
	out = need_port("output");

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sigfd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sigfd < 0 || pipe2(pipefd, O_CLOEXEC))
		die("make", "pipe");
	/* Only the reading end may be non-blocking: the writing end is the command's stdout. */
	fcntl(pipefd[0], F_SETFL, O_NONBLOCK);
	report("ready\n");
	pid = start(argv, env, cwd[0], pipefd[1]);
	if (pid < 0)
		die("fork", argv[0]);
	close(pipefd[1]);
	report("exit %d\n", tend(pid, pipefd[0], out, sigfd));
	leave();
}
