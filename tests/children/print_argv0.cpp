// Prints the name that it was called by.
#include <stdio.h>

int main(int, char** argv)
{
    printf("%s\n", argv[0]);
}
