"""Puts bundles/ into the package; everything else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


class BuildWithBundles(build_py):
    """Copies bundles/ into the package; a checkout plays them from where they are."""

    def run(self) -> None:
        """Builds, without what an older build has left behind, and copies."""
        package = Path(self.build_lib, "ssc_melody")
        if not self.editable_mode:
            shutil.rmtree(package, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            shutil.copytree(HERE / "bundles", package / "bundles", dirs_exist_ok=True)


setup(
    cmdclass={"build_py": BuildWithBundles},
    # An editable install is a plain path, which type checkers follow; setuptools' hook they do not.
    options={"editable_wheel": {"mode": "compat"}},
)
