require "fileinto";
if address :is ["To", "Cc"] ["fork@spamassassin.taint.org", "ilug@linux.ie", "rpm-zzzlist@freshrpms.net"] {
    fileinto "Lists";
}
