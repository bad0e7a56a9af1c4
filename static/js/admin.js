// The admin's scrolling parts each say what they hold; the library calls every one "scrollable content".
"use strict";

const PARTS = [
  ["#nav-sidebar-apps", "Sections"],
  [":has(#command-results)", "Results"],
  [":has(#result_list)", "Rows"],
];
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-simplebar]").forEach((part, index) => {
    const known = PARTS.find(([which]) => part.matches(which));
    part.dataset.simplebarAriaLabel = known ? known[1] : `Scrolled part ${index + 1}`;
  });
});
