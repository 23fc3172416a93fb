"""One molecule: by itself, or as a trial of a campaign."""
