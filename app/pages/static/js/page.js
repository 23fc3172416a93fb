// What every page does once it is there.
import { confirmFirst } from "./confirm.js";
import { pausePolls } from "./polls.js";
import { watchSelections } from "./selections.js";
import { followTheme } from "./theme.js";

followTheme();
pausePolls();
confirmFirst();
watchSelections();
