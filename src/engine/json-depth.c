#include "config.h"

#include "json-depth.h"

bool
shot_json_is_shallow (const char *text, unsigned most)
{
  int  depth = 0;
  bool in_string = false;

  for (const char *at = text; *at != '\0'; at++) {
    if (in_string && *at == '\\' && at[1] != '\0')
      at++;
    else if (*at == '"')
      in_string = !in_string;
    else if (!in_string && (*at == '{' || *at == '['))
      depth++;
    else if (!in_string && (*at == '}' || *at == ']'))
      depth--;
    if (depth > (int) most)
      return false;
  }
  return true;
}
