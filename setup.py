"""Installs the core and its commands; the Magenta layer is the extra `magenta` (see Makefile)."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "ssc_melody/__init__.py").read_text())[1]


class BuildWithBundles(build_py):
    """Puts bundles/ into the package; a checkout plays them from where they are."""

    def run(self) -> None:
        """Builds, and copies."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "ssc_melody", "bundles")
            shutil.copytree(HERE / "bundles", target, dirs_exist_ok=True)


setup(
    name="ssc_melody",
    version=VERSION,
    description="Melody RNN on a current Python: Magenta's configs, bundles and melodies",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    cmdclass={"build_py": BuildWithBundles},
    packages=find_packages(include=["ssc_melody", "ssc_melody.*"]),
    package_data={
        "ssc_melody": [
            "py.typed",
            "mixtape/*.html",
            "mixtape/*.css",
            "mixtape/*.js",
            "evaluation/*.css",
            "evaluation/*.js",
        ]
    },
    install_requires=[
        "absl-py>=1.4",
        "numpy>=1.24",
        "protobuf>=4.25",
        "threadpoolctl>=3.1",
    ],
    extras_require={
        # Magenta 2.1.4 and note-seq 0.0.5 pin versions that do not install any more; `make install`
        # adds them without their pins (requirements/magenta.lock).
        "magenta": [
            "tensorflow>=2.13,<2.22",
            "tf-keras",
            "tf-slim>=1.1",
            "tensorflow-probability>=0.20",
        ],
        "beam": ["apache-beam>=2.60"],  # ssc_melody_create_dataset --runner=beam
        "evaluate": ["scikit-learn>=1.3"],  # the Music Turing test
        "pictures": ["pillow>=10.1"],  # PNG files
        "midi": ["symusic>=0.5"],  # reads folders of MIDI files a hundred times faster
        "scores": ["music21>=9"],  # reads ABC and MusicXML
        "test": ["hypothesis", "mido", "mypy", "pytest", "ruff", "symusic"],
    },
    entry_points={
        "console_scripts": [
            "ssc_melody_convert_dir_to_note_sequences="
            "ssc_melody.cli.convert_dir_to_note_sequences:main",
            "ssc_melody_create_dataset=ssc_melody.cli.create_dataset:main",
            "ssc_melody_evaluate=ssc_melody.cli.evaluate:main",
            "ssc_melody_generate=ssc_melody.cli.generate:main",
            "ssc_melody_inspect=ssc_melody.cli.inspect_bundle:main",
            "ssc_melody_mixtape=ssc_melody.cli.mixtape:main",
            "ssc_melody_render=ssc_melody.cli.render:main",
            "ssc_melody_run=ssc_melody.cli.run:main",
            "ssc_melody_train=ssc_melody.cli.train:main",
        ]
    },
)
