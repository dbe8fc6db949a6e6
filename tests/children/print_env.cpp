// Prints the whole environment in its order, one variable per line.
#include <stdio.h>
#include <unistd.h>

int main()
{
    for (char** entry = environ; *entry != nullptr; ++entry)
        printf("%s\n", *entry);
}
