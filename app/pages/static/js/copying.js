// Buttons that copy a text of the page.
import { copyOnClick } from "./copy.js";

copyOnClick();
