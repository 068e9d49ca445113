/* What is in a folder, whatever links say. */
#ifndef OPSPICE_FOLDER_H
#define OPSPICE_FOLDER_H

#include <stdbool.h>

/* The real path of a folder, or of the folder that a file's path names it in; free() it. NULL with errno set. */
char *folder_real(const char *path);
char *folder_of(const char *path);

/* Is the file at this path in the folder (a real path) or below it? Links are followed, both of folders on the way and
 * of the file itself; a file that is not there is where its folder is, but a link that leads nowhere is in none. False
 * with errno EPERM where it is outside, with ENOMEM where memory is out. */
bool folder_holds(const char *folder, const char *path);

#endif
