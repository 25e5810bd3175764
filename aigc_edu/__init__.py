"""aigc_edu: the small library behind the course on generating audio with deep learning.

The package stands on floors, and a floor imports only from the floors below it:
``errors`` (-2), ``paths``, ``seeds`` (-1), ``dsp``, ``audio``, ``nn`` (0), ``checkpoints``,
``corpora`` (1), ``models`` (2), ``training``, ``evaluation``, ``teaching`` (3), ``checks`` (4),
``kinds`` (5), ``cli`` (6). No modules import each other in a circle.
"""

__version__ = "0.1.0"
