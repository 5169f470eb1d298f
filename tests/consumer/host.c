/* host.c - a program that has clinfer through a shared library of its own,
 * which is consumer.c with its main renamed. */

int plugin(void);

int main(void) { return plugin(); }
