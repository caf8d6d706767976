// Debian's libunbound.pc asks for libevent.pc, which no caller of the library needs: hence no pkg-config here.
#include <unbound.h>
