// What every page does once it is there.
import { followTheme } from "./theme.js";
import { pausePolls } from "./polls.js";
import { watchSelections } from "./selections.js";

followTheme();
pausePolls();
watchSelections();
