"""Runs the cases in Interop/cases against real clients and servers and says how many passed."""

import importlib.util
import pathlib
import sys
import traceback

from site_under_test import Site, Skip

HERE = pathlib.Path(__file__).resolve().parent


def load(path):
    specification = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def main(wanted):
    passed = failed = skipped = 0
    for path in sorted((HERE / "cases").glob("*.py")):
        if wanted and path.stem not in wanted:
            continue
        module = load(path)
        tests = [(name, test) for name, test in vars(module).items() if name.startswith("test_")]
        with Site(**getattr(module, "SITE", {})) as site:
            for name, test in tests:
                title = (test.__doc__ or name).strip().splitlines()[0]
                try:
                    test(site)
                except Skip as reason:
                    skipped += 1
                    print(f"skip  {path.stem}: {title}: {reason}", flush=True)
                except Exception:
                    failed += 1
                    print(f"FAIL  {path.stem}: {title}", flush=True)
                    traceback.print_exc(file=sys.stdout)
                else:
                    passed += 1
                    print(f"ok    {path.stem}: {title}", flush=True)
            try:
                site.expect_sound()
            except Exception:
                failed += 1
                print(f"FAIL  {path.stem}: the store and the ledger are sound afterwards", flush=True)
                traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
