// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "options.h"

void options_usage(FILE *file)
{
	fputs("usage: ptdesc-check [OPTIONS] PID...   or   ptdesc-check -a [OPTIONS]\n"
	      "Check the page tables of live processes, and show what they cost.\n"
	      "\n"
	      "  -p, --pid PID          the same as PID alone\n"
	      "  -a, --all              every process, and the machine as a whole\n"
	      "  -A, --range LOW,HIGH   only tables for addresses in [LOW,HIGH), in hex\n"
	      "      --address ADDR     what ADDR, in hex, maps to: its path from the pgd\n"
	      "  -l, --list             also one line for each table\n"
	      "  -q, --quiet            no output: the exit status says it\n"
	      "  -f, --format FORMAT    text or json\n"
	      "  -j, --json             the same as -f json\n"
	      "      --pretty           indented json\n"
	      "  -o, --output FILE      to FILE, which is replaced only when all is written\n"
	      "      --listing FILE     the inspector's listing, or none\n"
	      "  -d, --describe NAME    explain an invariant, or all of them\n"
	      "  -v, --verbose          the loader's and the verifier's log, to stderr\n"
	      "  -V, --version    -h, --help\n"
	      "\n"
	      "Exit status: 0 all hold, 1 violated, 2 could not check, 3 incomplete.\n"
	      "\n"
	      "  ptdesc-check 1234                   check it\n"
	      "  ptdesc-check -q 1234 || echo bad    in a script\n"
	      "  ptdesc-check -l -j -o t.json 1234   every table, for programs\n", file);
}

enum { OPT_PRETTY = 256, OPT_LISTING, OPT_ADDRESS };

static const struct option long_options[] = {
	{ "pid", required_argument, NULL, 'p' },
	{ "all", no_argument, NULL, 'a' },
	{ "range", required_argument, NULL, 'A' },
	{ "address", required_argument, NULL, OPT_ADDRESS },
	{ "list", no_argument, NULL, 'l' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "format", required_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, OPT_PRETTY },
	{ "output", required_argument, NULL, 'o' },
	{ "listing", required_argument, NULL, OPT_LISTING },
	{ "describe", required_argument, NULL, 'd' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

__attribute__((format(printf, 2, 3)))
static int wrong(char error[OPTIONS_ERROR], const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error, OPTIONS_ERROR, format, ap);
	va_end(ap);
	return -EINVAL;
}

static int add_pid(struct options *options, const char *text, char error[OPTIONS_ERROR])
{
	pid_t *new;
	char *end;
	long pid;

	errno = 0;
	pid = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end)
		return wrong(error, "PID %.40s: not a number", text);
	if (errno || pid > INT_MAX)
		return wrong(error, "PID %.40s: too large", text);
	if (!pid)
		return wrong(error, "PID 0: not a process");
	new = reallocarray(options->pids, options->nr_pids + 1, sizeof(*new));
	if (!new)
		return wrong(error, "out of memory");
	options->pids = new;
	new[options->nr_pids++] = pid;
	return 0;
}

static bool address(const char *text, char until, const char **end, __u64 *value)
{
	char *stop;

	if (!strchr("0123456789abcdefABCDEF", *text) || !*text)
		return false;
	errno = 0;
	*value = strtoull(text, &stop, 16);
	if (errno || *stop != until)
		return false;
	*end = stop;
	return true;
}

static int set_range(struct options *options, const char *text, char error[OPTIONS_ERROR])
{
	const char *at;

	if (!address(text, ',', &at, &options->range.low) ||
	    !address(at + 1, '\0', &at, &options->range.high))
		return wrong(error, "range %.60s: not LOW,HIGH in hex", text);
	if (options->range.low >= options->range.high)
		return wrong(error, "range %.60s: LOW is not below HIGH", text);
	return 0;
}

static int set_address(struct options *options, const char *text, char error[OPTIONS_ERROR])
{
	const char *at;

	if (!address(text, '\0', &at, &options->address))
		return wrong(error, "address %.60s: not an address in hex", text);
	options->lookup = true;
	return 0;
}

static int set_format(struct options *options, const char *text, char error[OPTIONS_ERROR])
{
	if (!strcmp(text, "text"))
		options->format = FORMAT_TEXT;
	else if (!strcmp(text, "json"))
		options->format = FORMAT_JSON;
	else
		return wrong(error, "format %.40s: not text or json", text);
	return 0;
}

/* What getopt_long() did not like; word is what it last looked at, if that was a whole word. */
static int refuse(const char *word, char error[OPTIONS_ERROR])
{
	if (optopt >= '0' && optopt <= '9')
		return wrong(error, "PID %.40s: negative", word);
	for (const struct option *option = long_options; optopt && option->name; option++)
		if (option->val == optopt && option->has_arg == no_argument)
			return wrong(error, "option %.60s: takes no value", word);
	if (optopt && optopt < 256)
		return wrong(error, "option -%c: unknown (see -h)", optopt);
	return wrong(error, "option %.60s: unknown (see -h)", word);
}

static int take(struct options *options, int opt, char **argv, char error[OPTIONS_ERROR])
{
	switch (opt) {
	case 'p':
		return add_pid(options, optarg, error);
	case 'A':
		return set_range(options, optarg, error);
	case 'f':
		return set_format(options, optarg, error);
	case 'j':
		options->format = FORMAT_JSON;
		break;
	case 'a':
		options->all = true;
		break;
	case 'l':
		options->list = true;
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	case 'o':
		if (!*optarg)
			return wrong(error, "-o: an empty file name");
		options->output = optarg;
		break;
	case 'd':
		options->action = ACTION_DESCRIBE;
		options->describe = optarg;
		break;
	case 'V':
		options->action = ACTION_VERSION;
		break;
	case 'h':
		options->action = ACTION_HELP;
		break;
	case OPT_ADDRESS:
		return set_address(options, optarg, error);
	case OPT_PRETTY:
		options->pretty = true;
		break;
	case OPT_LISTING:
		options->listing = optarg;
		break;
	case ':':
		return wrong(error, "option %.60s: needs a value", argv[optind - 1]);
	default:
		return refuse(argv[optind - 1], error);
	}
	return 0;
}

int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR])
{
	char ignored[OPTIONS_ERROR];
	int opt, err = 0;

	memset(options, 0, sizeof(*options));
	error[0] = '\0';
	optind = 0;	/* start anew: tests parse more than once */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":p:aA:lqf:jo:d:vVh", long_options, NULL)) != -1) {
		/* Read on after an error, since -j may follow; keep the first. */
		int bad = take(options, opt, argv, err ? ignored : error);

		err = err ? err : bad;
	}
	for (int i = optind; !err && i < argc; i++)
		err = add_pid(options, argv[i], error);
	if (!err && options->all && (options->nr_pids || options->lookup || options->range.high))
		err = wrong(error, "-a: is about all of every process: not with PIDs, -A or --address");
	if (!err && options->all && options->list && options->format == FORMAT_TEXT)
		err = wrong(error, "-a: too many tables for -l in text (use -j)");
	if (!err && options->action == ACTION_CHECK && !options->nr_pids && !options->all)
		err = wrong(error, "no PID given (see -h)");
	if (!err && options->lookup && (options->range.high || options->list))
		err = wrong(error, "--address: looks up one address: not with -A or -l");
	return err;
}

void options_free(struct options *options)
{
	free(options->pids);
	memset(options, 0, sizeof(*options));
}
