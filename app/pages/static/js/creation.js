// The form of a new campaign, and that of what a campaign wants from now on.
import { drawCurveFields } from "./curvefield.js";
import { keepDraft } from "./draft.js";
import { drawInto } from "./editor.js";
import { markProblems } from "./problems.js";
import { copyOnClick } from "./copy.js";

keepDraft(document.querySelector("form[data-draft]"));
drawCurveFields();
drawInto(document.getElementById("editor"));
markProblems(document.getElementById("check"));
copyOnClick();
