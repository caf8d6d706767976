require "fileinto";
if header :contains "subject" ["viagra", "mortgage", "free", "money", "$$$", "!!!", "click here", "adv"] {
    fileinto "Junk";
    stop;
}
if not exists ["From", "Date"] { discard; }
