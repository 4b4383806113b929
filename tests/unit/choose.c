#include "config.h"

#include "choose.h"

/* Who has been in a slot, and who comes: letters stand for keys. */
static ShotIdentity *
make (const char *text)
{
  g_auto (GStrv) keys = g_strsplit (text, " ", 4);
  ShotIdentity  *identity = g_new0 (ShotIdentity, 1);

  identity->session = g_strdup (keys[0]);
  identity->shell = g_strdup (keys[1]);
  identity->origin = g_strdup (keys[2]);
  identity->person = g_strdup (keys[3]);
  identity->can_reside = true;
  return identity;
}

typedef struct {
  const char *identity; /* NULL: never used */
  bool        has_process, is_resident, is_busy;
  int         used; /* the higher the later */
} Slot;

static void
check (const Slot *slots, unsigned n, ShotChoiceRules rules, int wanted, ShotPath wanted_path)
{
  ShotCandidate         candidates[4] = { 0 };
  ShotPath              path = SHOT_N_PATHS;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_identity_free);
  g_autoptr (ShotIdentity) identity = make ("s h o p");

  for (unsigned i = 0; i < n; i++) {
    ShotIdentity *last = slots[i].identity != NULL ? make (slots[i].identity) : NULL;
    candidates[i] = (ShotCandidate){ slots[i].is_busy, slots[i].has_process, slots[i].is_resident,
                                     last, slots[i].used };
    g_ptr_array_add (all, last);
  }
  int index = shot_choose (candidates, n, identity, &rules, &path);
  g_assert_cmpint (index, ==, wanted);
  if (wanted >= 0)
    g_assert_cmpint (path, ==, wanted_path);
}

static const ShotChoiceRules none = { false, false };

static void
test_order (void)
{
  const Slot resident = { "s h o p", true, true, false, 1 };
  const Slot warm = { "s h o q", true, false, false, 2 };
  const Slot empty = { NULL, false, false, false, 0 };
  const Slot occupied = { "s h o q", true, true, false, 3 };
  const Slot other = { "s h x q", true, false, false, 4 };
  const Slot busy = { "s h o p", true, true, true, 5 };

  check ((Slot[]){ other, warm, resident }, 3, none, 2, SHOT_PATH_RESIDENT);
  check ((Slot[]){ other, warm, empty }, 3, none, 1, SHOT_PATH_WARM);
  check ((Slot[]){ occupied, other, empty }, 3, none, 2, SHOT_PATH_COLD);
  check ((Slot[]){ other, occupied }, 2, none, 1, SHOT_PATH_WARM);
  check ((Slot[]){ busy, other }, 2, none, 1, SHOT_PATH_COLD);
  check ((Slot[]){ busy, busy }, 2, none, -1, SHOT_PATH_COLD);
  check (NULL, 0, none, -1, SHOT_PATH_COLD);
}

static void
test_fit (void)
{
  static const struct {
    const char *identity;
    ShotPath    path;
  } rows[] = {
    { "s h o p", SHOT_PATH_RESIDENT }, { "s h o q", SHOT_PATH_WARM }, { "t h o p", SHOT_PATH_COLD },
    { "s i o p", SHOT_PATH_COLD },     { "s h x p", SHOT_PATH_COLD },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    check ((Slot[]){ { rows[i].identity, true, true, false, 1 } }, 1, none, 0, rows[i].path);
  /* Its page is gone, its process is there. */
  check ((Slot[]){ { "s h o p", true, false, false, 1 } }, 1, none, 0, SHOT_PATH_WARM);
}

static void
test_rules (void)
{
  const Slot            same = { "s h o p", true, true, false, 1 };
  const Slot            another = { "s h o q", true, false, false, 1 };
  const ShotChoiceRules isolated = { true, false };
  const ShotChoiceRules fresh = { false, true };

  check (&same, 1, isolated, 0, SHOT_PATH_RESIDENT);
  check (&another, 1, isolated, 0, SHOT_PATH_COLD);
  check (&same, 1, fresh, 0, SHOT_PATH_COLD);
  check (&another, 1, fresh, 0, SHOT_PATH_COLD);
}

/* Those that fit are used again and again, so that the others grow old; what must be taken from
 * somebody is taken from the oldest, and no page is lost while there is another way. */
static void
test_age (void)
{
  check ((Slot[]){ { "s h o p", true, true, false, 1 }, { "s h o p", true, true, false, 2 } }, 2,
         none, 1, SHOT_PATH_RESIDENT);
  check ((Slot[]){ { "s h x p", true, true, false, 1 }, { "s h y p", true, true, false, 2 } }, 2,
         none, 0, SHOT_PATH_COLD);
  check ((Slot[]){ { "s h x p", true, true, false, 1 }, { "s h y p", true, false, false, 2 } }, 2,
         none, 1, SHOT_PATH_COLD);
  check ((Slot[]){ { "s h o q", true, true, false, 1 }, { "s h o r", true, true, false, 2 } }, 2,
         none, 0, SHOT_PATH_WARM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/choose/order", test_order);
  g_test_add_func ("/choose/fit", test_fit);
  g_test_add_func ("/choose/rules", test_rules);
  g_test_add_func ("/choose/age", test_age);
  return g_test_run ();
}
