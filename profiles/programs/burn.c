#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static double crunch(long n) { double s = 0; for (long i = 1; i < n; i++) s += sin((double)i) / (double)i; return s; }
static double half(void) { double s = crunch(2000000); usleep(30000); return s; }
int main(void) { double s = 0; for (int i = 0; i < 30; i++) s += half(); printf("%f\n", s); return 0; }
