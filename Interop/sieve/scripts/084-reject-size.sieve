require ["reject"];
if size :over 20K { reject "Too large. Please use
another way."; }
