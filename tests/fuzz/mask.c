/* mask.c: the masking of log lines */
#include "config.h"

#include "mask.h"

#include <string.h>

#include "target.h"

/* Whatever stands before and behind it, a Grafana token is taken out. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char *text = g_strndup ((const char *) data, length);
  g_autofree char *line = g_strconcat (text, " glsa_0123456789abcdef0123456789abcdef_01234567 ",
                                       text, NULL);
  g_autofree char *masked = shot_mask_uri (line);

  g_assert_null (strstr (masked, "glsa_0123456789abcdef"));
  return 0;
}
