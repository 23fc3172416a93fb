// The form of a new campaign.
import { keepDraft } from "./draft.js";
import { drawInto } from "./editor.js";
import { markProblems } from "./problems.js";
import { copyOnClick } from "./copy.js";

keepDraft(document.querySelector("form[data-draft]"));
drawInto(document.getElementById("editor"));
markProblems(document.getElementById("check"));
copyOnClick();
