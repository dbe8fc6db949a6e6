// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// converse PROMPT: writes PROMPT, reads a line, answers "you said LINE" with a
// newline, and begins again; ends with code 3 at the line "bye", else with 0 at
// the end of stdin. The line "!TEXT" writes TEXT to stderr, without a newline.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    alarm(60);
    char line[4096];
    for (;;) {
        printf("%s", argc > 1 ? argv[1] : "> ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == nullptr)
            return 0;
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "bye") == 0)
            return 3;
        if (line[0] == '!')
            fprintf(stderr, "%s", line + 1);
        else
            printf("you said %s\n", line);
    }
}
