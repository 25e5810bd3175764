"""Another timbre for somebody's recording (floor 5): by an envelope, or note by note."""

from aigc_edu.restyling.melodies import in_notes, replayed, score_of, tempo_of
from aigc_edu.restyling.recordings import like_another

__all__ = ["in_notes", "like_another", "replayed", "score_of", "tempo_of"]
