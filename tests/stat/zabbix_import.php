<?php
// SPDX-License-Identifier: MIT
// zabbix_import.php FRONTEND TEMPLATE: what Zabbix's own import makes of a template, by
// the reader and the validator of its web frontend. Exit status 1: it is refused.

$frontend = $argv[1];
$folders = [];
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(
		"$frontend/include/classes", FilesystemIterator::SKIP_DOTS)) as $file) {
	$folders[$file->getPath()] = true;
}
spl_autoload_register(function ($class) use ($folders) {
	foreach (array_keys($folders) as $folder) {
		if (is_file("$folder/$class.php")) {
			require_once "$folder/$class.php";
			return;
		}
	}
});
foreach (['defines', 'func', 'gettextwrapper', 'translateDefines'] as $name) {
	require_once "$frontend/include/$name.inc.php";
}

$format = CImportReaderFactory::XML;
$validator = new CXmlValidator(new CImportValidatorFactory($format), $format);
try {
	$data = CImportReaderFactory::getReader($format)->read(file_get_contents($argv[2]));
	$validator->setStrict(true)->validate($data, '/');
}
catch (Exception $e) {
	echo $e->getMessage(), "\n";
	exit(1);
}
echo 'taken by ', ZABBIX_VERSION, "\n";
