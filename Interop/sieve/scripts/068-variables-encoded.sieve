require ["variables", "fileinto", "encoded-character"];
set "name" "B${unicode: fc}cher ${hex: 41 42}";
if header :contains "Subject" "${unicode:e9}" { fileinto "Accent"; } else { fileinto "${name}"; }
