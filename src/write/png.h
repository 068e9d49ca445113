/* Pictures in PNG (W3C Recommendation, second edition, 2003). */
#ifndef OPSPICE_PNG_H
#define OPSPICE_PNG_H

#include <stddef.h>
#include <stdint.h>

/* A picture of `height` rows of `width` bytes, each a number in a palette of 256 colours red, green, blue; number 0 is
 * transparent. *size becomes its bytes. NULL when memory is out; else free() it. */
unsigned char *png_of(const uint8_t *pixel, uint32_t width, uint32_t height, const uint8_t palette[256][3],
                      size_t *size);

#endif
