"""aigc_edu: the small library behind the course on generating audio with deep learning.

The package stands on floors, and a floor imports only from the floors below it:
``dsp`` and ``audio`` (0), ``nn`` and ``corpora`` (1), ``models`` (2), ``training`` (3),
``evaluation`` (4), ``teaching`` (5).
"""

__version__ = "0.1.0"
