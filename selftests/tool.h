/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs ptdesc-check and keeps what it said. */
#ifndef TOOL_H
#define TOOL_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit statuses of ptdesc-check. */
enum { TOOL_HOLDS, TOOL_VIOLATED, TOOL_CANNOT, TOOL_INCOMPLETE };

#define TOOL_ARGS	16

struct tool {
	pid_t pid;
	int out_fd, err_fd;
	int status;		/* exit status; 128 + signal */
	char *out, *err;	/* NUL-terminated */
};

static inline const char *tool_path(void)
{
	const char *path = getenv("PTDESC_CHECK");

	return path ? path : "tools/ptdesc-check";
}

/* The MMU of powerpc whose page tables the tool does not know. */
static inline bool tool_hash_mmu(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256], mmu[8] = "";

	while (f && !*mmu && fgets(line, sizeof(line), f))
		if (sscanf(line, "MMU : %7s", mmu) != 1)
			*mmu = '\0';
	if (f)
		fclose(f);
	return !strcmp(mmu, "Hash");
}

/*
 * Without it no test can be done: the plan says that all are skipped, where it
 * need not be there. Who names one must have it.
 */
static inline void tool_require(void)
{
	if (tool_hash_mmu()) {
		printf("1..0 # SKIP ptdesc-check does not know page tables of the hash MMU\n");
		exit(4);
	}
	if (!access(tool_path(), X_OK))
		return;
	if (!getenv("PTDESC_CHECK")) {
		printf("1..0 # SKIP no %s (PTDESC_CHECK=FILE names another)\n",
		       tool_path());
		exit(4);
	}
	if (getenv("PTDESC_ARCH") && strcmp(getenv("PTDESC_ARCH"), "x86_64")) {
		printf("1..0 # SKIP no ptdesc-check for this architecture\n");
		exit(4);
	}
	printf("Bail out! no %s\n", tool_path());
	exit(1);
}

/*
 * Starts it with these arguments, up to a NULL. prepare, if not NULL, runs in
 * the new process before the tool: the tool is open by then, so it may give
 * away any right. False and errno if it could not be started.
 */
static inline bool tool_start(struct tool *t, bool (*prepare)(void),
			      const char *const args[])
{
	const char *argv[TOOL_ARGS + 2] = { "ptdesc-check" };
	int exe = open(tool_path(), O_RDONLY | O_CLOEXEC);

	memset(t, 0, sizeof(*t));
	for (int i = 0; i < TOOL_ARGS && args[i]; i++)
		argv[i + 1] = args[i];
	t->out_fd = memfd_create("stdout", MFD_CLOEXEC);
	t->err_fd = memfd_create("stderr", MFD_CLOEXEC);
	if (exe < 0 || t->out_fd < 0 || t->err_fd < 0)
		return false;
	t->pid = fork();
	if (!t->pid) {
		if (dup2(t->out_fd, 1) != 1 || dup2(t->err_fd, 2) != 2 ||
		    (prepare && !prepare()))
			_exit(126);
		fexecve(exe, (char *const *)argv, environ);
		_exit(127);
	}
	close(exe);
	return t->pid > 0;
}

static inline char *tool_text(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, len + 1);

	if (text && pread(fd, text, len, 0) != len)
		*text = '\0';
	close(fd);
	return text ? text : strdup("");
}

static inline void tool_wait(struct tool *t)
{
	int status = -1;

	waitpid(t->pid, &status, 0);
	t->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					128 + WTERMSIG(status);
	t->out = tool_text(t->out_fd);
	t->err = tool_text(t->err_fd);
}

static inline void tool_free(struct tool *t)
{
	free(t->out);
	free(t->err);
}

/* Start and wait; a status of -1 says that it could not be started. */
static inline struct tool tool_run_as(bool (*prepare)(void),
				      const char *const args[])
{
	struct tool t;

	if (tool_start(&t, prepare, args)) {
		tool_wait(&t);
	} else {
		t.status = -1;
		t.out = strdup("");
		t.err = strdup(strerror(errno));
	}
	return t;
}

#define tool_run(...)	\
	tool_run_as(NULL, (const char *const[]){ __VA_ARGS__, NULL })

/*
 * The number behind the last of these texts, each looked for behind the one
 * before it, up to a NULL. Enough for the tool's compact JSON; -1 if not there.
 */
static inline long long tool_number_at(const char *json,
				       const char *const texts[])
{
	char *end;
	long long value;

	for (; *texts; texts++) {
		json = strstr(json, *texts);
		if (!json)
			return -1;
		json += strlen(*texts);
	}
	value = strtoll(json, &end, 10);
	return end == json ? -1 : value;
}

#define tool_number(t, ...)	\
	tool_number_at((t)->out, (const char *const[]){ __VA_ARGS__, NULL })

/* Is there, in the tool's JSON, an invariant in this state? */
static inline bool tool_state(const struct tool *t, const char *invariant,
			      const char *state)
{
	char text[96];

	snprintf(text, sizeof(text), "\"name\":\"%s\",\"state\":\"%s\"",
		 invariant, state);
	return strstr(t->out, text);
}

/* Exactly one line? */
static inline bool tool_one_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end && end != text && !end[1];
}

#endif /* TOOL_H */
