// Opened from a folder, the site can't read its own pages for the excerpts under a search result
// (browsers refuse fetch() over file://). The results themselves need no excerpts.
"use strict";
if (window.location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
