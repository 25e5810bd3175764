"""aigc_edu: the small library behind the course on generating audio with deep learning.

The package stands on floors, and a floor imports only from the floors below it:
``errors`` (-1), ``paths``, ``seeds`` (0), ``dsp``, ``audio``, ``nn``, ``text``, ``music`` (1),
``checkpoints``, ``corpora``, ``saving`` (2), ``models``, ``scenes`` (3), ``training``,
``evaluation``, ``teaching``, ``speaking`` (4), ``checks``, ``clinic``, ``recommending``,
``restyling`` (5), ``kinds`` (6), ``bench`` (7), ``cli`` (8). No modules import each other in a
circle.
"""

__version__ = "0.1.0"
