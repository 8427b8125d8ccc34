// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "output.h"

static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGXFSZ };

static const char *volatile unfinished;	/* the temporary file, for the handler */

static void on_signal(int number)
{
	if (unfinished)
		unlink(unfinished);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(void)
{
	struct sigaction old, new = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &new, NULL);
}

static mode_t usual_mode(const char *path)
{
	struct stat st;
	mode_t mask;

	if (!stat(path, &st))
		return st.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static void forget(struct output *output)
{
	unfinished = NULL;
	free(output->temp);
	memset(output, 0, sizeof(*output));
}

int output_open(struct output *output, const char *path)
{
	struct stat st;
	int fd, err;

	memset(output, 0, sizeof(*output));
	if (!path || !strcmp(path, "-")) {
		output->file = stdout;
		return 0;
	}
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		/* A device, FIFO or socket cannot be replaced: write to it. */
		output->file = S_ISDIR(st.st_mode) ? NULL : fopen(path, "we");
		return output->file ? 0 : S_ISDIR(st.st_mode) ? -EISDIR : -errno;
	}
	if (asprintf(&output->temp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	catch_signals();
	fd = mkostemp(output->temp, O_CLOEXEC);
	if (fd >= 0) {
		unfinished = output->temp;
		output->path = path;
		if (!fchmod(fd, usual_mode(path)))
			output->file = fdopen(fd, "w");
	}
	if (output->file)
		return 0;
	err = -errno;
	if (fd >= 0) {
		unlink(output->temp);
		close(fd);
	}
	forget(output);
	return err;
}

int output_commit(struct output *output)
{
	int err = 0;

	errno = 0;
	if (fflush(output->file) || ferror(output->file))
		err = errno ? -errno : -EIO;
	if (!output->temp) {
		if (output->file != stdout && fclose(output->file) && !err)
			err = -errno;
		memset(output, 0, sizeof(*output));
		return err;
	}
	if (!err && fsync(fileno(output->file)))
		err = -errno;
	if (fclose(output->file) && !err)
		err = -errno;
	output->file = NULL;
	if (!err && rename(output->temp, output->path))
		err = -errno;
	if (err)
		unlink(output->temp);
	forget(output);
	return err;
}

void output_discard(struct output *output)
{
	if (!output->file)
		return;
	if (output->file != stdout)
		fclose(output->file);
	if (output->temp)
		unlink(output->temp);
	forget(output);
}
