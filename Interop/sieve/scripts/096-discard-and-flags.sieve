require ["imap4flags", "fileinto"];
setflag "\\Deleted";
if header :contains ["Subject", "From"] ["free", "offer"] { discard; stop; }
elsif exists "X-Loop" { fileinto "Loop"; stop; }
