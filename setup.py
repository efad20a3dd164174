"""What pyproject.toml cannot say: that model, viz and pages, which lie beside `headlight`, are installed inside it."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

BESIDE = ("model", "viz", "pages")
NOT_INSTALLED = ("training", "training.*")  # makes the weights that ship; done from a checkout
ENTRY = ("app.py", ".streamlit/config.toml")  # the app, and how it is served: Streamlit reads the file beside the app


class BuildWithEntry(build_py):
    """Builds the packages, and puts the entry of the app inside `headlight`, where its pages lie too."""

    def run(self) -> None:
        """Build, then copy what lies at the root of the checkout."""
        shutil.rmtree(
            Path(self.build_lib, "headlight"), ignore_errors=True
        )  # modules of an earlier build stay for ever
        super().run()
        if not self.editable_mode:  # then the checkout is what runs, and they are where they belong
            for source, target in self._entry():
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return every file that is built."""
        return [*super().get_outputs(include_bytecode), *(target for _, target in self._entry())]

    def get_source_files(self) -> list[str]:
        """Return every file that is read, for a source distribution."""
        return [*super().get_source_files(), *ENTRY]

    def _entry(self) -> list[tuple[str, str]]:
        return [(name, str(Path(self.build_lib, "headlight", name))) for name in ENTRY]


setup(
    packages=[
        "headlight",
        *(f"headlight.{folder}" for folder in BESIDE),
        *(f"headlight.{folder}.{name}" for folder in BESIDE for name in find_packages(folder, exclude=NOT_INSTALLED)),
    ],
    package_dir={"headlight": "headlight"} | {f"headlight.{folder}": folder for folder in BESIDE},
    cmdclass={"build_py": BuildWithEntry},
)
